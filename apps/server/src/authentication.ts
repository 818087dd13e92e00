// Makes what the configuration says of authentication into providers (ProviderRegistry, configureSSLAuth, configureSaslLogin). What
// cannot be done as asked ends the start; only Java classes, which a real zoo.cfg may name, are left out with a warning: their scheme
// is not there, so nobody proves an identity of it, and ACLs that name it permit nobody.

import {
  createDigestMd5Servers,
  createDigestProvider,
  createEnsembleProvider,
  createSaslProvider,
  createX509Provider,
  hasSection,
  ipProvider,
  loadProviderModule,
  ProviderModuleError,
  readCredentials,
  UnknownDigestAlgorithmError,
} from '@zebu/authentication';
import type { ServerConfig } from '@zebu/config';
import type { Authentication, AuthenticationProvider, Identity, Logger, SaslServerFactory } from '@zebu/interfaces';
import { jaasError } from './jaas-error.ts';
import { keyError } from './key-error.ts';

export interface ServerAuthentication extends Authentication {
  /** Of a client's certificate in DER, which TLS has verified; empty when the client is not to be let in. */
  readonly identitiesOf: (certificate: Uint8Array) => readonly Identity[];
}

/** Rejects with ConfigError. */
export async function createAuthentication(config: ServerConfig, logger: Logger): Promise<ServerAuthentication> {
  const { authentication } = config;
  const { saslSuperUsers, enforcedSchemes, allowSaslFailedClients } = authentication;
  const x509 = createX509Provider({ superUser: authentication.x509SuperUser });
  const saslServers = createSaslServers(config);
  const providers = await createProviders(config, { digest: () => createDigest(config), x509 }, logger);
  requireSchemes(config, providers);
  return {
    providers,
    ...(saslServers === undefined ? {} : { saslServers }),
    saslSuperUsers,
    enforcedSchemes,
    allowSaslFailedClients,
    identitiesOf: (certificate) => x509.identitiesOf(certificate),
  };
}

type Providers = ReadonlyMap<string, AuthenticationProvider>;

interface OwnProviders {
  readonly digest: () => AuthenticationProvider;
  readonly x509: AuthenticationProvider;
}

async function createProviders(config: ServerConfig, own: OwnProviders, logger: Logger): Promise<Providers> {
  const { digest, providers } = config.authentication;
  const created: AuthenticationProvider[] = [ipProvider];
  if (digest !== undefined) created.push(own.digest());
  // Certificates have a provider once there is a port for them.
  if (servesTls(config)) created.push(own.x509);
  for (const { key, name } of providers) {
    const provider = isModulePath(name) ? await loadModule(config, key, name, logger) : builtIn(name, config, own);
    if (provider !== undefined) created.push(provider);
    else logger.warn('a Java class cannot run here: nobody proves an identity of its scheme', { key, class: name });
  }
  return new Map(created.map((provider) => [provider.scheme, provider]));
}

const servesTls = ({ clients }: ServerConfig): boolean => clients.tls !== undefined;

const isModulePath = (name: string): boolean => /^\.{0,2}\//.test(name);

const CLASS = /^org\.apache\.zookeeper\.server\.auth\.(\w+)AuthenticationProvider$/;

function builtIn(
  className: string,
  { authentication }: ServerConfig,
  own: OwnProviders,
): AuthenticationProvider | undefined {
  switch (CLASS.exec(className)?.[1] ?? '') {
    case 'Digest':
      return own.digest();
    case 'IP':
      return ipProvider;
    case 'X509':
      return own.x509;
    case 'SASL':
      return createSaslProvider({ anyUser: authentication.saslAnyUser });
    case 'Ensemble':
      return createEnsembleProvider({ names: authentication.ensembleNames });
    default:
      return undefined;
  }
}

/** Schemes that the configuration relies on. */
function requireSchemes(config: ServerConfig, providers: Providers): void {
  const { enforcedSchemes, certificateScheme } = config.authentication;
  for (const scheme of enforcedSchemes) {
    if (providers.has(scheme)) continue;
    throw keyError(config, enforcingKey(config), {
      problem: `no provider has the scheme ${scheme}`,
      remedy: scheme === 'sasl' ? `add authProvider.1=${SASL_CLASS}` : 'add an authProvider.N that has it',
    });
  }
  if (servesTls(config) && certificateScheme !== 'x509') {
    throw keyError(config, 'ssl.authProvider', {
      problem: 'certificates prove identities of the scheme x509',
      remedy: 'write ssl.authProvider=x509',
    });
  }
}

const SASL_CLASS = 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider';

const enforcingKey = ({ properties }: ServerConfig): string =>
  properties.get('sessionRequireClientSASLAuth')?.toLowerCase() === 'true'
    ? 'sessionRequireClientSASLAuth'
    : 'enforce.auth.schemes';

function createDigest(config: ServerConfig): AuthenticationProvider {
  const { digest } = config.authentication;
  try {
    return createDigestProvider(digest);
  } catch (error) {
    if (!(error instanceof UnknownDigestAlgorithmError)) throw error;
    throw keyError(config, 'DigestAuthenticationProvider.digestAlg', {
      problem: error.message,
      remedy: 'write a hash that Java and OpenSSL know',
    });
  }
}

function createSaslServers(config: ServerConfig): SaslServerFactory | undefined {
  const { login } = config.authentication;
  if (login === undefined) return undefined;
  try {
    if (login.sectionMayBeMissing && !hasSection(login)) return undefined;
    return createDigestMd5Servers({ credentials: readCredentials(login) });
  } catch (error) {
    throw jaasError(config, error);
  }
}

async function loadModule(
  config: ServerConfig,
  key: string,
  path: string,
  logger: Logger,
): Promise<AuthenticationProvider> {
  try {
    return await loadProviderModule(path, { properties: config.properties, logger });
  } catch (error) {
    if (!(error instanceof ProviderModuleError)) throw error;
    throw keyError(config, key, {
      problem: error.message,
      remedy: 'name a module whose default export makes an AuthenticationProvider',
    });
  }
}
