// What four-letter words tell of this process and its configuration, beside the state of the server.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigurationFacts, FourLetterWordFacts, QuorumFacts } from '@zebu/client-port';
import { formatEnsemble, type ServerConfig } from '@zebu/config';
import { votersOf } from '@zebu/protocol';
import { FULL_VERSION } from './version.ts';

export const VERSION_DIRECTORY = 'version-2';

export const factsOf = (config: ServerConfig): FourLetterWordFacts => ({
  version: FULL_VERSION,
  uptimeMs: process.uptime() * 1000,
  openFileDescriptorCount: openFileDescriptorCount(),
  maxFileDescriptorCount: maxFileDescriptorCount(),
  configuration: configurationFacts(config),
});

function configurationFacts(config: ServerConfig): ConfigurationFacts {
  const { clients, sessions, storage, ticks } = config;
  const dataDir = join(storage.dataDir, VERSION_DIRECTORY);
  const dataLogDir = join(storage.dataLogDir, VERSION_DIRECTORY);
  return {
    clientPort: clients.address?.port ?? -1,
    dataDir,
    dataDirBytes: directoryBytes(dataDir),
    dataLogDir,
    dataLogDirBytes: directoryBytes(dataLogDir),
    tickTimeMs: ticks.tickTimeMs,
    maxClientCnxns: clients.maxConnectionsPerAddress,
    minSessionTimeoutMs: sessions.minimumTimeoutMs,
    maxSessionTimeoutMs: sessions.maximumTimeoutMs,
    clientPortListenBacklog: clients.listenBacklog ?? -1,
    serverId: config.standalone ? 0 : config.serverId,
    quorum: quorumFacts(config),
  };
}

function quorumFacts({ standalone, serverId, ensemble, ticks }: ServerConfig): QuorumFacts | undefined {
  const self = ensemble.servers.get(serverId);
  if (standalone || self === undefined) return undefined;
  return {
    initLimit: ticks.initLimit,
    syncLimit: ticks.syncLimit,
    electionPort: self.electionAddress.port,
    quorumPort: self.quorumAddress.port,
    peerType: self.role,
    voterCount: votersOf(ensemble).length,
    membership: formatEnsemble(ensemble),
  };
}

/** Of the files in a flat directory; a version-2 directory holds a few dozen at most. */
function directoryBytes(directory: string): number {
  try {
    return readdirSync(directory).reduce((sum, name) => sum + fileBytes(join(directory, name)), 0);
  } catch {
    return 0;
  }
}

/** A file may be purged between the listing and the look. */
function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Linux tells; elsewhere the line is left out. */
function openFileDescriptorCount(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function maxFileDescriptorCount(): number | undefined {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
