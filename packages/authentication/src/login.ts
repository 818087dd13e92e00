// Logins in a JAAS file: the users that a section lists (ServerCnxnFactory.configureSaslLogin, DigestLoginModule), and one's own towards other servers.

import { readFileSync } from 'node:fs';
import { JaasSyntaxError, type LoginModule, parseJaas } from './jaas.ts';

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
  const credentials = new Map<string, string>();
  for (const { options } of readModules(file, section)) {
    for (const [name, value] of options) {
      if (name.startsWith(USER_PREFIX)) credentials.set(name.slice(USER_PREFIX.length), value);
    }
  }
  if (superPassword !== undefined && credentials.has(SUPER_USER)) credentials.set(SUPER_USER, superPassword);
  return credentials;
}

/** Throws LoginConfigurationError when the file cannot be read. */
export const hasSection = ({ file, section }: Pick<LoginOptions, 'file' | 'section'>): boolean =>
  readSections(file).has(section);

export interface OwnLogin {
  readonly username: string;
  readonly password: string;
}

/** Of a section by which this server logs in elsewhere: `username="ann" password="..."`. Throws LoginConfigurationError. */
export function readOwnLogin({ file, section }: Pick<LoginOptions, 'file' | 'section'>): OwnLogin {
  for (const { options } of readModules(file, section)) {
    const username = options.get('username');
    const password = options.get('password');
    if (username !== undefined && password !== undefined) return { username, password };
  }
  throw new LoginConfigurationError(`${file}: ${section} has no username and password`);
}

function readModules(file: string, section: string): readonly LoginModule[] {
  const modules = readSections(file).get(section);
  if (modules === undefined) throw new LoginConfigurationError(`${file} has no section ${section}`);
  for (const { className } of modules) {
    if (className === DIGEST_LOGIN_MODULE) continue;
    throw new LoginConfigurationError(
      `${file}: ${section} logs in by ${className}; only ${DIGEST_LOGIN_MODULE} (names and passwords) works here`,
    );
  }
  return modules;
}

function readSections(file: string): ReturnType<typeof parseJaas> {
  try {
    return parseJaas(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof JaasSyntaxError) throw new LoginConfigurationError(`${file}, ${error.message}`);
    throw new LoginConfigurationError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
