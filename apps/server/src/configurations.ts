// The ensemble's configuration: the one in force, for whoever asks, and its files for the next start.

import { chmod, chown, stat } from 'node:fs/promises';
import { createConfigurationStore, type ServerConfig } from '@zebu/config';
import type { ConfigurationStore, Logger } from '@zebu/interfaces';
import type { Ensemble } from '@zebu/protocol';
import { nodeFileSystem } from '@zebu/txnlog';
import { reasonOf } from './exit-code.ts';

export interface Configurations extends ConfigurationStore {
  /** What was written last; before that, what the server was started with. */
  readonly ensemble: Ensemble;
}

/** Never rejects: a directory that cannot be written to keeps nobody from serving, and the log knows what the files do not. */
export async function openConfigurations(config: ServerConfig, logger: Logger): Promise<Configurations> {
  const store = await openStore(config, logger);
  let { ensemble } = config;
  return {
    get ensemble() {
      return ensemble;
    },
    async write(newer) {
      ensemble = newer;
      await store?.write(newer);
      const version = newer.version.toString(16);
      logger.info('the configuration of the ensemble is kept', {
        version,
        servers: [...newer.servers.keys()].join(','),
      });
    },
  };
}

async function openStore(config: ServerConfig, logger: Logger): Promise<ConfigurationStore | undefined> {
  const { file, standalone, serverId, writes, properties } = config;
  if (standalone || file === undefined) return undefined;
  const store = createConfigurationStore({ fileSystem: nodeFileSystem(), copyAccess }, { file, self: serverId });
  try {
    await store.cleanUp();
    if (writes.reconfigEnabled && !properties.has('dynamicConfigFile')) await store.backUp();
  } catch (error) {
    logger.warn(
      'the directory of the configuration cannot be written to: changes of the ensemble are in the log alone',
      {
        file,
        reason: reasonOf(error),
      },
    );
  }
  return store;
}

/** Only root may give a file away; to anybody else it belongs already. */
async function copyAccess(from: string, to: string): Promise<void> {
  const { mode, uid, gid } = await stat(from);
  await chmod(to, mode & 0o7777);
  try {
    await chown(to, uid, gid);
  } catch {
    // Its permissions count.
  }
}
