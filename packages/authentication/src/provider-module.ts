// An operator's own AuthenticationProvider, from a module: its default export is a factory of the provider. It is not trusted to
// keep the port's promises: what it throws, or answers in another shape, proves nothing and permits nothing.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AuthenticationProvider, AuthenticationResult, Logger } from '@zebu/interfaces';

export interface ProviderModuleContext {
  /** The properties of the configuration, by key. */
  readonly properties: ReadonlyMap<string, string>;
  readonly logger: Logger;
}

/** What the default export of a module is. */
export type AuthenticationProviderFactory = (
  context: ProviderModuleContext,
) => AuthenticationProvider | Promise<AuthenticationProvider>;

export class ProviderModuleError extends Error {
  override readonly name = 'ProviderModuleError';
  readonly code = 'PROVIDER_MODULE';
}

/** The path is relative to the working directory. Rejects with ProviderModuleError. */
export async function loadProviderModule(
  path: string,
  context: ProviderModuleContext,
): Promise<AuthenticationProvider> {
  const provider = await createFrom(path, context);
  if (!isProvider(provider)) {
    throw new ProviderModuleError('its default export does not make an AuthenticationProvider');
  }
  return guarded(provider, context.logger);
}

async function createFrom(path: string, context: ProviderModuleContext): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(path)).href);
    if (typeof module.default !== 'function') return undefined;
    return await (module.default as AuthenticationProviderFactory)(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProviderModuleError(`it cannot be loaded (${reason})`, { cause: error });
  }
}

const METHODS = ['authenticate', 'isValid', 'matches', 'userNameOf'] as const;

function isProvider(value: unknown): value is AuthenticationProvider {
  if (typeof value !== 'object' || value === null) return false;
  const provider = value as Partial<AuthenticationProvider>;
  return (
    typeof provider.scheme === 'string' &&
    /^[^:\s]+$/.test(provider.scheme) &&
    typeof provider.isAuthenticated === 'boolean' &&
    METHODS.every((method) => typeof provider[method] === 'function')
  );
}

function guarded(provider: AuthenticationProvider, logger: Logger): AuthenticationProvider {
  const { scheme, isAuthenticated } = provider;
  /** Not what was thrown: it may name a proof. */
  const ask = <Answer>(
    method: string,
    question: () => unknown,
    isAnswer: (answer: unknown) => boolean,
    none: Answer,
  ): Answer => {
    try {
      const answer = question();
      if (isAnswer(answer)) return answer as Answer;
      // A promise comes too late, and one that is rejected would end the process.
      Promise.resolve(answer).catch(() => {});
    } catch {
      // Said below.
    }
    logger.warn('an authentication provider failed', { scheme, method });
    return none;
  };
  const isBoolean = (answer: unknown): boolean => typeof answer === 'boolean';
  return {
    scheme,
    isAuthenticated,
    authenticate: (proof, client) =>
      ask<AuthenticationResult>('authenticate', () => provider.authenticate(proof, client), isResultOf(scheme), {
        type: 'failed',
      }),
    isValid: (id) => ask('isValid', () => provider.isValid(id), isBoolean, false),
    matches: (id, aclExpression) => ask('matches', () => provider.matches(id, aclExpression), isBoolean, false),
    userNameOf: (id) =>
      ask(
        'userNameOf',
        () => provider.userNameOf(id),
        (answer) => typeof answer === 'string',
        '',
      ),
  };
}

const isResultOf =
  (scheme: string) =>
  (answer: unknown): boolean => {
    if (typeof answer !== 'object' || answer === null || !('type' in answer)) return false;
    if (answer.type === 'failed' || answer.type === 'disconnect') return true;
    if (answer.type !== 'proven' || !('identities' in answer) || !Array.isArray(answer.identities)) return false;
    return answer.identities.every(
      (identity) =>
        typeof identity === 'string' && (identity.startsWith(`${scheme}:`) || identity.startsWith('super:')),
    );
  };
