// Where a changed configuration of the ensemble is kept (QuorumPeer.setQuorumVerifier): zoo.cfg.dynamic.<version>, and zoo.cfg, which names it. Each
// file is replaced as a whole, the first one first, so that after a crash at any point zoo.cfg is what it was or what it is to be, and what it names is
// there.

import { basename, dirname, join, resolve } from 'node:path';
import type { ConfigurationStore, FileSystem } from '@zebu/interfaces';
import { type Ensemble, formatServers, type ServerId } from '@zebu/protocol';
import { editStaticConfig } from './edit-static-config.ts';

const TEMPORARY_SUFFIX = '.tmp';

export interface ConfigurationStoreDependencies {
  readonly fileSystem: FileSystem;
  /** Gives the second file, which is new and empty, the owner and the permissions of the first: there may be passwords in zoo.cfg. */
  readonly copyAccess: (from: string, to: string) => Promise<void>;
}

export interface ConfigurationStoreOptions {
  /** zoo.cfg. */
  readonly file: string;
  readonly self: ServerId;
}

export interface ConfigurationFileStore extends ConfigurationStore {
  /** Removes what a crash left half written. Rejects with the errors of the file system. */
  cleanUp(): Promise<void>;
  /** Copies zoo.cfg to zoo.cfg.bak, before a change of the ensemble takes the server lines out of it (QuorumPeerConfig.backupOldConfig). */
  backUp(): Promise<void>;
}

export const createConfigurationStore = (
  dependencies: ConfigurationStoreDependencies,
  options: ConfigurationStoreOptions,
): ConfigurationFileStore => new FileStore(dependencies, options);

class FileStore implements ConfigurationFileStore {
  readonly #fileSystem: FileSystem;
  readonly #copyAccess: ConfigurationStoreDependencies['copyAccess'];
  readonly #file: string;
  readonly #self: ServerId;

  constructor({ fileSystem, copyAccess }: ConfigurationStoreDependencies, { file, self }: ConfigurationStoreOptions) {
    this.#fileSystem = fileSystem;
    this.#copyAccess = copyAccess;
    this.#file = resolve(file);
    this.#self = self;
  }

  async write(ensemble: Ensemble): Promise<void> {
    const dynamicConfigFile = `${this.#file}.dynamic.${ensemble.version.toString(16)}`;
    await this.#replace(dynamicConfigFile, Buffer.from(dynamicConfigText(ensemble)));
    const text = (await this.#read(this.#file)).toString('latin1');
    const erasesClientPort = ensemble.servers.get(this.#self)?.clientAddress !== undefined;
    const edited = editStaticConfig(text, { dynamicConfigFile, erasesClientPort });
    if (edited !== text) await this.#replace(this.#file, Buffer.from(edited, 'latin1'), this.#file);
    // ZooKeeper keeps a proposed configuration there; to Zebu the log says what is proposed.
    await this.#removeIfThere(`${this.#file}.dynamic.next`);
  }

  async cleanUp(): Promise<void> {
    const directory = dirname(this.#file);
    const name = basename(this.#file);
    for (const entry of await this.#fileSystem.list(directory)) {
      if (!entry.endsWith(TEMPORARY_SUFFIX)) continue;
      const target = entry.slice(0, -TEMPORARY_SUFFIX.length);
      const isOurs = target === name || target === `${name}.bak` || target.startsWith(`${name}.dynamic.`);
      if (isOurs) await this.#fileSystem.remove(join(directory, entry));
    }
  }

  async backUp(): Promise<void> {
    await this.#replace(`${this.#file}.bak`, await this.#read(this.#file), this.#file);
  }

  async #read(path: string): Promise<Buffer> {
    const handle = await this.#fileSystem.open(path, 'read');
    try {
      return Buffer.from(await handle.read(0, await handle.size()));
    } finally {
      await handle.close();
    }
  }

  async #replace(path: string, bytes: Uint8Array, accessOf?: string): Promise<void> {
    const fileSystem = this.#fileSystem;
    const temporary = `${path}${TEMPORARY_SUFFIX}`;
    await this.#removeIfThere(temporary);
    const handle = await fileSystem.open(temporary, 'create');
    try {
      if (accessOf !== undefined) await this.#copyAccess(accessOf, temporary);
      await handle.write(bytes, 0);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await fileSystem.rename(temporary, path);
    await fileSystem.syncDirectory(dirname(path));
  }

  async #removeIfThere(path: string): Promise<void> {
    if (await this.#fileSystem.exists(path)) await this.#fileSystem.remove(path);
  }
}

/** In ZooKeeper's order, which is that of the alphabet, and without a line end behind the last (QuorumPeerConfig.writeDynamicConfig). */
const dynamicConfigText = (ensemble: Ensemble): string =>
  formatServers(ensemble).trimEnd().split('\n').sort().join('\n');
