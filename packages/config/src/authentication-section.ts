// Who a client may be: ProviderRegistry, AuthenticationHelper and ServerCnxnFactory.configureSaslLogin, as far as they read keys.

import type { AuthenticationConfig, LoginConfig } from './server-config.ts';
import type { Settings } from './settings.ts';

const JAAS_FILE = 'java.security.auth.login.config';
const SASL_SCHEME = 'sasl';

export function authenticationConfig(settings: Settings): AuthenticationConfig {
  const superUsers = [textOf(settings, 'superUser'), ...settings.family('superUser.').map(({ text }) => text)];
  return {
    digest: digestConfig(settings),
    x509SuperUser: textOf(settings, 'X509AuthenticationProvider.superUser'),
    saslSuperUsers: new Set(superUsers.filter((name) => name !== undefined && name !== '') as string[]),
    saslAnyUser: textOf(settings, 'letAnySaslUserDoX'),
    login: loginConfig(settings),
    ensembleNames: optionalSet(settings, 'ensembleAuthName'),
    providers: settings.family('authProvider.').map(({ key, text }) => ({ key, name: text })),
    certificateScheme: settings.optionalText('ssl.authProvider') ?? 'x509',
    enforcedSchemes: enforcedSchemes(settings),
    allowSaslFailedClients: settings.flag('allowSaslFailedClients'),
  };
}

const digestConfig = (settings: Settings): AuthenticationConfig['digest'] =>
  settings.flag('DigestAuthenticationProvider.enabled')
    ? {
        algorithm: settings.optionalText('DigestAuthenticationProvider.digestAlg') ?? 'SHA1',
        superDigest: textOf(settings, 'DigestAuthenticationProvider.superDigest'),
      }
    : undefined;

function loginConfig(settings: Settings): LoginConfig | undefined {
  const file = settings.optionalText(JAAS_FILE);
  if (file === undefined) return undefined;
  return {
    file,
    section: settings.optionalText('sasl.serverconfig') ?? 'Server',
    sectionMayBeMissing: settings.flag('quorum.auth.enableSasl') && !expectsClientLogins(settings),
    superPassword: textOf(settings, 'SASLAuthenticationProvider.superPassword'),
  };
}

const expectsClientLogins = (settings: Settings): boolean =>
  settings.has('sasl.serverconfig') || namesSaslProvider(settings) || enforcedSchemes(settings).has(SASL_SCHEME);

const namesSaslProvider = (settings: Settings): boolean =>
  settings.family('authProvider.').some(({ text }) => text.endsWith('.SASLAuthenticationProvider'));

function enforcedSchemes(settings: Settings): ReadonlySet<string> {
  if (settings.flag('sessionRequireClientSASLAuth')) {
    requireLogin(settings, 'sessionRequireClientSASLAuth');
    return new Set([SASL_SCHEME]);
  }
  if (!settings.flag('enforce.auth.enabled')) return new Set();
  const schemes = optionalSet(settings, 'enforce.auth.schemes');
  if (schemes === undefined || schemes.size === 0) {
    throw settings.error('enforce.auth.enabled', 'needs schemes', 'add enforce.auth.schemes=digest, or turn it off');
  }
  if (schemes.size === 1 && schemes.has(SASL_SCHEME)) requireLogin(settings, 'enforce.auth.schemes');
  return schemes;
}

/** A server that lets nobody in would be of no use. */
function requireLogin(settings: Settings, key: string): void {
  if (settings.has(JAAS_FILE)) return;
  throw settings.error(
    key,
    'nobody could log in: no JAAS file is named',
    `add ${JAAS_FILE}=/path/to/jaas.conf, which ZooKeeper takes as a property of the JVM`,
  );
}

/** Nothing behind the equals sign is as good as no key. */
function textOf(settings: Settings, key: string): string | undefined {
  const text = settings.optionalText(key);
  return text === '' ? undefined : text;
}

function optionalSet(settings: Settings, key: string): ReadonlySet<string> | undefined {
  return settings.has(key) ? new Set(settings.list(key)) : undefined;
}

/** What an operator should hear, and when. */
export function authenticationRemarks(settings: Settings): readonly (readonly [boolean, string])[] {
  return [
    [
      namesSaslProvider(settings) && !settings.has(JAAS_FILE),
      `no client can log in by SASL: ${JAAS_FILE} names no file (a property of the JVM does not count here)`,
    ],
    [
      settings.flag('enforce.auth.enabled') &&
        settings.has('enforce.auth.schemes') &&
        settings.list('enforce.auth.schemes').includes('ip'),
      'enforce.auth.schemes lists ip, which every client has: nobody is refused',
    ],
    [
      settings.flag('enforce.auth.enabled') && settings.flag('sessionRequireClientSASLAuth'),
      'sessionRequireClientSASLAuth stands above enforce.auth: only SASL will do',
    ],
  ];
}
