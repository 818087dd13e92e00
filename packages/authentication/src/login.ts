// The server's login: the users that a section of a JAAS file lists (ServerCnxnFactory.configureSaslLogin, DigestLoginModule).

import { readFileSync } from 'node:fs';
import { JaasSyntaxError, parseJaas } from './jaas.ts';

export interface LoginOptions {
  /** java.security.auth.login.config. */
  readonly file: string;
  /** sasl.serverconfig. */
  readonly section: string;
  /** SASLAuthenticationProvider.superPassword: of the user `super`, in place of the one in the file. */
  readonly superPassword?: string | undefined;
}

/** The file cannot be read, or has no login that we can serve. Names no password. */
export class LoginConfigurationError extends Error {
  override readonly name = 'LoginConfigurationError';
  readonly code = 'LOGIN_CONFIGURATION';
}

const DIGEST_LOGIN_MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule';
const USER_PREFIX = 'user_';
const SUPER_USER = 'super';

/** Passwords by user. Throws LoginConfigurationError. */
export function readCredentials({ file, section, superPassword }: LoginOptions): ReadonlyMap<string, string> {
  const modules = readSections(file).get(section);
  if (modules === undefined) throw new LoginConfigurationError(`${file} has no section ${section}`);
  const credentials = new Map<string, string>();
  for (const { className, options } of modules) {
    if (className !== DIGEST_LOGIN_MODULE) {
      throw new LoginConfigurationError(
        `${file}: ${section} logs in by ${className}; only ${DIGEST_LOGIN_MODULE} (SASL DIGEST-MD5) works here`,
      );
    }
    for (const [name, value] of options) {
      if (name.startsWith(USER_PREFIX)) credentials.set(name.slice(USER_PREFIX.length), value);
    }
  }
  if (superPassword !== undefined && credentials.has(SUPER_USER)) credentials.set(SUPER_USER, superPassword);
  return credentials;
}

function readSections(file: string): ReturnType<typeof parseJaas> {
  try {
    return parseJaas(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof JaasSyntaxError) throw new LoginConfigurationError(`${file}, ${error.message}`);
    throw new LoginConfigurationError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
