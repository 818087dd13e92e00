// What four-letter words tell of this process and its configuration, beside the state of the server.

import { join } from 'node:path';
import type { ConfigurationFacts, FourLetterWordFacts } from '@zebu/client-port';
import type { ServerConfig } from '@zebu/config';
import type { Ensemble } from '@zebu/protocol';
import { environment } from './environment.ts';
import { directoryBytes, maxFileDescriptorCount, openFileDescriptorCount } from './resources.ts';
import { systemClock } from './system-clock.ts';
import { FULL_VERSION } from './version.ts';

const VERSION_DIRECTORY = 'version-2';

/** The ensemble may change while the server runs. */
export function factsOf(config: ServerConfig, current: { readonly ensemble: Ensemble }): FourLetterWordFacts {
  const { dataDir, dataLogDir } = configurationFacts(config, current.ensemble);
  return {
    clock: systemClock,
    version: FULL_VERSION,
    get configuration() {
      return configurationFacts(config, current.ensemble);
    },
    dataDirBytes: () => directoryBytes(dataDir),
    dataLogDirBytes: () => directoryBytes(dataLogDir),
    openFileDescriptorCount,
    maxFileDescriptorCount,
    environment,
  };
}

const configurationFacts = (config: ServerConfig, ensemble: Ensemble): ConfigurationFacts => ({
  clientPort: (ensemble.servers.get(config.serverId)?.clientAddress ?? config.clients.address)?.port ?? -1,
  secureClientPort: config.clients.secureAddress?.port ?? -1,
  dataDir: join(config.storage.dataDir, VERSION_DIRECTORY),
  dataLogDir: join(config.storage.dataLogDir, VERSION_DIRECTORY),
  tickTimeMs: config.ticks.tickTimeMs,
  maxClientCnxns: config.clients.maxConnectionsPerAddress,
  minSessionTimeoutMs: config.sessions.minimumTimeoutMs,
  maxSessionTimeoutMs: config.sessions.maximumTimeoutMs,
  clientPortListenBacklog: config.clients.listenBacklog ?? -1,
  sessionlessTimeoutMs: config.clients.sessionlessTimeoutMs,
  serverId: config.standalone ? 0 : config.serverId,
});
