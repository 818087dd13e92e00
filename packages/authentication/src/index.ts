export { createDigestMd5Servers, type DigestMd5Options } from './digest-md5.ts';
export { createDigestProvider, type DigestOptions, UnknownDigestAlgorithmError } from './digest.ts';
export { createEnsembleProvider, type EnsembleOptions } from './ensemble.ts';
export { ipProvider } from './ip.ts';
export {
  LoginConfigurationError,
  type LoginOptions,
  type OwnLogin,
  hasSection,
  readCredentials,
  readOwnLogin,
} from './login.ts';
export {
  type AuthenticationProviderFactory,
  loadProviderModule,
  type ProviderModuleContext,
  ProviderModuleError,
} from './provider-module.ts';
export { createSaslProvider, type SaslOptions } from './sasl.ts';
export { createScramClients, type ScramClientOptions } from './scram-client.ts';
export { createScramServers, type ScramServerOptions } from './scram-server.ts';
export { createX509Provider, type X509Options, type X509Provider } from './x509.ts';
