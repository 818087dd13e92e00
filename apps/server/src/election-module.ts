// By which module this server elects: Fast Leader Election, or what electionModule names. A module is held to its shape before the server starts;
// whatever is wrong with it ends the start with a ConfigError that names the key, the module, what is wrong and what to do.

import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerConfig } from '@zebu/config';
import { fastLeaderElectionModule } from '@zebu/fle';
import {
  type Election,
  type ElectionDependencies,
  ELECTION_MODULE_NAME,
  ELECTION_PORT_VERSION,
  type ElectionModule,
  type Logger,
} from '@zebu/interfaces';
import { resolve as resolveImport } from 'import-meta-resolve';
import { guardedElection } from './guarded-election.ts';
import { keyError } from './key-error.ts';

/** A module with its options. */
export interface ServerElection {
  readonly name: string;
  create(dependencies: ElectionDependencies): Election;
}

const KEY = 'electionModule';

/** Rejects with ConfigError. */
export async function createServerElection(config: ServerConfig, logger: Logger): Promise<ServerElection> {
  const { module: named, minimumNotificationIntervalMs, maximumNotificationIntervalMs } = config.election;
  if (named !== undefined) {
    const module = await loadElectionModule(config, named.name);
    logger.info('elections by another module', { module: module.name, electionModule: named.name });
    return withOptions(config, module, named.options);
  }
  const options = new Map([
    ['minNotificationInterval', String(minimumNotificationIntervalMs)],
    ['maxNotificationInterval', String(maximumNotificationIntervalMs)],
  ]);
  return withOptions(config, fastLeaderElectionModule, options);
}

function withOptions(config: ServerConfig, module: ElectionModule, given: ReadonlyMap<string, string>): ServerElection {
  const options = parseOptions(config, module, given);
  return {
    name: module.name,
    create: (dependencies) =>
      guardedElection(module.name, () => module.create(dependencies, options), dependencies.logger),
  };
}

function parseOptions(config: ServerConfig, module: ElectionModule, given: ReadonlyMap<string, string>): unknown {
  try {
    return module.parseOptions(given);
  } catch (error) {
    if (isOptionError(error)) {
      const { option, problem, remedy } = error;
      throw keyError(config, `${KEY}.${option}`, { problem, remedy, cause: error });
    }
    throw keyError(config, KEY, {
      problem: `${module.name} cannot read its options (${reasonOf(error)})`,
      remedy: `correct the lines ${KEY}.*, or the module`,
      cause: error,
    });
  }
}

const isOptionError = (
  error: unknown,
): error is { readonly option: string; readonly problem: string; readonly remedy: string } =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ELECTION_OPTION' &&
  ['option', 'problem', 'remedy'].every((field) => typeof Reflect.get(error, field) === 'string');

async function loadElectionModule(config: ServerConfig, name: string): Promise<ElectionModule> {
  const url = isPath(name) ? pathToFileURL(resolve(homeOf(config), name)).href : resolvePackage(config, name);
  const exported = await importDefault(config, url);
  const flaw = flawOf(exported);
  if (flaw !== undefined) throw keyError(config, KEY, flaw);
  return exported as ElectionModule;
}

const isPath = (name: string): boolean => isAbsolute(name) || /^\.{1,2}[/\\]/.test(name);

/** Paths are relative to the directory of zoo.cfg, which every server has of its own. */
const homeOf = ({ file }: ServerConfig): string => (file === undefined ? process.cwd() : dirname(resolve(file)));

/** An operator's node_modules come first: beside zoo.cfg, then in the working directory, then the server's own. */
function resolvePackage(config: ServerConfig, name: string): string {
  const bases = [homeOf(config), process.cwd()].map((directory) => pathToFileURL(join(directory, 'zoo.cfg')).href);
  let cause: unknown;
  for (const base of [...bases, import.meta.url]) {
    try {
      return resolveImport(name, base);
    } catch (error) {
      // Where the package is there and has no such door, that is the reason to tell.
      if (cause === undefined || isMissing(cause)) cause = error;
    }
  }
  throw keyError(config, KEY, {
    problem: isMissing(cause)
      ? `there is no such package in the node_modules of ${homeOf(config)}, ${process.cwd()} or the server`
      : `the package cannot be found (${reasonOf(cause)})`,
    remedy: `run npm install ${packageOf(name)} in one of them, or name a module by its path (./election.js)`,
    cause,
  });
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';

/** Of `@scope/package/door`: `@scope/package`. */
const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/');

async function importDefault(config: ServerConfig, url: string): Promise<unknown> {
  try {
    const { default: exported }: { readonly default?: unknown } = await import(url);
    return exported;
  } catch (error) {
    throw keyError(config, KEY, {
      problem: `it cannot be loaded (${reasonOf(error)})`,
      remedy: 'correct the path or the module',
      cause: error,
    });
  }
}

interface Flaw {
  readonly problem: string;
  readonly remedy: string;
}

const GUIDE = 'docs/write-your-own-election.md says what it is';

/** Why what a module exports is no ElectionModule for this server; undefined when it is one. */
export function flawOf(exported: unknown): Flaw | undefined {
  if (typeof exported !== 'object' || exported === null) {
    return { problem: 'its default export is no election module', remedy: `export one: ${GUIDE}` };
  }
  const { name, portVersion, parseOptions: parse, create } = exported as Partial<ElectionModule>;
  if (typeof name !== 'string' || !ELECTION_MODULE_NAME.test(name)) {
    return {
      problem: 'its name is not one that servers can tell each other',
      remedy: 'give it up to 64 lower-case letters, digits and . _ - / @',
    };
  }
  if (portVersion !== ELECTION_PORT_VERSION) {
    return {
      problem: `${name} is written for version ${String(portVersion)} of the election port, and this server has version ${ELECTION_PORT_VERSION}`,
      remedy: `install a release of ${name} for version ${ELECTION_PORT_VERSION}`,
    };
  }
  const missing = typeof parse !== 'function' ? 'parseOptions' : typeof create !== 'function' ? 'create' : undefined;
  if (missing === undefined) return undefined;
  return { problem: `${name} has no function ${missing}`, remedy: `add it: ${GUIDE}` };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
