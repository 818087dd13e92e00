// The configuration files of one server, on its simulated disk: zoo.cfg, and what a change of the ensemble makes of it. They are read and written by the
// code of apps/server; what an operator writes is written here.

import { ConfigError, createConfigurationStore, loadServerConfig } from '@zebu/config';
import type { ConfigurationStore, FileSystem } from '@zebu/interfaces';
import {
  type Ensemble,
  formatServers,
  isEnsembleKey,
  parseEnsembleText,
  type ServerId,
  type ServerSpecification,
} from '@zebu/protocol';
import { newcomer } from './addresses.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

const DIRECTORY = '/conf';
const FILE = `${DIRECTORY}/zoo.cfg`;
const TEXT = new TextDecoder();
const BYTES = new TextEncoder();

export interface ConfigurationFilesOptions {
  readonly self: ServerId;
  readonly disk: SimulatedDisk;
  readonly standaloneEnabled: boolean;
  /** What is written to an empty disk; the server itself is added where it is not listed. */
  readonly initial: Ensemble;
}

export class ConfigurationFiles {
  readonly #options: ConfigurationFilesOptions;

  constructor(options: ConfigurationFilesOptions) {
    this.#options = options;
  }

  /** Of a server that is down: these files and no others, durably. */
  async give(ensemble: Ensemble): Promise<void> {
    const { disk } = this.#options;
    const files = disk.files;
    if (!(await files.exists(DIRECTORY))) {
      await files.makeDirectory(DIRECTORY);
      await files.syncDirectory('/');
    }
    for (const name of await files.list(DIRECTORY)) disk.files.loseFile(`${DIRECTORY}/${name}`);
    await disk.provide(FILE, BYTES.encode(this.#textOf(ensemble)));
  }

  /** Of a server that is about to start. One that its files do not list, an operator gives files that do, as to any server that is to join. */
  async read(): Promise<Ensemble> {
    if (!(await this.#options.disk.files.exists(FILE))) await this.give(this.#options.initial);
    const texts = await this.#texts();
    try {
      return this.#load(texts);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
    await this.give(listedIn(texts));
    return this.#load(await this.#texts());
  }

  store(fileSystem: FileSystem, onWritten: (ensemble: Ensemble) => void): ConfigurationStore {
    const copyAccess = (): Promise<void> => Promise.resolve();
    const store = createConfigurationStore({ fileSystem, copyAccess }, { file: FILE, self: this.#options.self });
    return {
      write: async (ensemble) => {
        await store.write(ensemble);
        onWritten(ensemble);
      },
    };
  }

  #load(texts: ReadonlyMap<string, string>): Ensemble {
    const readText = (path: string): string | undefined =>
      path === '/data/myid' ? String(this.#options.self) : texts.get(path);
    return loadServerConfig(FILE, { readText }).ensemble;
  }

  async #texts(): Promise<Map<string, string>> {
    const { disk } = this.#options;
    const texts = new Map<string, string>();
    for (const name of await disk.files.list(DIRECTORY)) {
      const path = `${DIRECTORY}/${name}`;
      texts.set(path, TEXT.decode(await disk.readFile(path)));
    }
    return texts;
  }

  #textOf(ensemble: Ensemble): string {
    const { self, standaloneEnabled } = this.#options;
    const settings = ['tickTime=2000', 'initLimit=10', 'syncLimit=5', 'dataDir=/data', 'reconfigEnabled=true'];
    const listed = ensemble.servers.has(self) ? ensemble : withServer(ensemble, newcomer(self));
    return [...settings, `standaloneEnabled=${standaloneEnabled}`, formatServers(listed)].join('\n');
  }
}

/** In the newest of the files. */
function listedIn(texts: ReadonlyMap<string, string>): Ensemble {
  const zooCfg = texts.get(FILE) ?? '';
  const dynamic = /^dynamicConfigFile=(.*)$/m.exec(zooCfg)?.[1];
  const text = dynamic === undefined ? zooCfg : (texts.get(dynamic) ?? '');
  return parseEnsembleText(
    text
      .split('\n')
      .filter((line) => isEnsembleKey(line))
      .join('\n'),
  );
}

/** As a participant; where there are groups, in one of its own. */
export function withServer({ version, servers, hierarchy }: Ensemble, server: ServerSpecification): Ensemble {
  const all = new Map(servers).set(server.id, server);
  if (hierarchy === undefined) return { version, servers: all };
  const groups = new Map(hierarchy.groups).set(Math.max(...hierarchy.groups.keys()) + 1, [server.id]);
  return { version, servers: all, hierarchy: { groups, weights: new Map(hierarchy.weights).set(server.id, 1) } };
}
