export { TlsConfigurationError } from './tls-configuration-error.ts';
export { createTlsIdentity, type TlsIdentity } from './tls-identity.ts';
export type { StoreSettings, StoreType, TlsSettings } from './tls-settings.ts';
export { createHostnameCheck, type HostnameCheck } from './hostname-check.ts';
