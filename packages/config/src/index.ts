export {
  type ConfigurationFileStore,
  type ConfigurationStoreDependencies,
  createConfigurationStore,
} from './configuration-store.ts';
export { ArgumentsError, configFromArguments, isConfigurationProblem, USAGE } from './arguments.ts';
export { composeServerConfig, type ConfigFilesContent } from './compose.ts';
export { ConfigError, type ConfigErrorDetails } from './config-error.ts';
export { type ParsedEnsemble, parseEnsemble } from './ensemble.ts';
export type { KeyEffect, KeyRow } from './key-row.ts';
export { KEY_TABLE } from './key-table.ts';
export { type ConfigFiles, loadServerConfig } from './load.ts';
export type { MyIdFile } from './my-id.ts';
export { type PropertyLine, parseProperties } from './properties.ts';
export type {
  ClientConfig,
  ElectionConfig,
  PeerConfig,
  PeerSaslConfig,
  PeerTlsConfig,
  RequestThrottleConfig,
  ServerConfig,
  SessionConfig,
  StorageConfig,
  TickConfig,
  TlsConfig,
} from './server-config.ts';
export { Settings } from './settings.ts';
export type { RuleResult, ValueRule } from './value-rules.ts';
export { type DynamicConfig, parseDynamicConfig, parseZooCfg, type ZooCfg } from './zoo-cfg.ts';
