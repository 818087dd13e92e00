export { TlsConfigurationError } from './tls-configuration-error.ts';
export { createTlsIdentity, type TlsIdentity } from './tls-identity.ts';
export type { StoreSettings, StoreType, TlsSettings } from './tls-settings.ts';
export {
  createDialledHostCheck,
  createHostnameCheck,
  type DialledHost,
  type DialledHostCheck,
  type HostnameCheck,
  type HostnameCheckOptions,
} from './hostname-check.ts';
