// Three production servers (peer, fle, shell, txnlog) over simulated network, disks and time. One seed decides everything.

import { createMemoryNetwork, type Delivery, type MemoryNetwork } from '@zebu/cnx-memory';
import { createFastLeaderElection } from '@zebu/fle';
import type { Logger, ManagementView, Storage } from '@zebu/interfaces';
import {
  createQuorumPeer,
  DEFAULT_CONTAINER_OPTIONS,
  DEFAULT_PREP_OPTIONS,
  DEFAULT_REQUEST_LIMITS,
  type Peer,
} from '@zebu/peer';
import type { Ensemble, ServerId, ServerSpecification } from '@zebu/protocol';
import { openStorage } from '@zebu/txnlog';
import { type FileSystemOperation, MemoryFileSystem } from '@zebu/txnlog/memory';
import { createServerShell, type ServerShell } from '../../src/index.ts';
import { ClientNetwork } from './client-network.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

export const TICK_MS = 200;

/** Deliberate faults for tests that show that the checks would notice. */
export interface Mutation {
  readonly storage?: (storage: Storage) => Storage;
  readonly peer?: (peer: Peer) => Peer;
}

class SimulatedServer {
  readonly id: ServerId;
  readonly fileSystem: MemoryFileSystem;
  shell: ServerShell | undefined;
  /** Counts starts: what an earlier process set in motion is ignored. */
  incarnation = 0;

  constructor(id: ServerId, fileSystem: MemoryFileSystem) {
    this.id = id;
    this.fileSystem = fileSystem;
  }
}

export class SimulatedEnsemble {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly clients: ClientNetwork;
  readonly errors: unknown[] = [];
  readonly #network: MemoryNetwork;
  readonly #ensemble: Ensemble;
  readonly #servers = new Map<ServerId, SimulatedServer>();
  readonly #mutation: Mutation;
  /** In every second seed: the sessions begin as local ones. */
  readonly #localSessions: boolean;
  /** In every third: whoever is left without a quorum serves reads. */
  readonly readOnlyMode: boolean;
  readonly #logger: Logger;

  constructor(
    seed: number,
    options: { readonly servers?: number; readonly mutation?: Mutation; readonly logger?: Logger } = {},
  ) {
    this.random = new SeededRandom(seed);
    this.#localSessions = seed % 2 === 0 && options.mutation === undefined;
    this.readOnlyMode = seed % 3 === 0 && options.mutation === undefined;
    this.#mutation = options.mutation ?? {};
    this.#logger = options.logger ?? SILENT;
    const delays = this.random.fork();
    this.#network = createMemoryNetwork({
      schedule: (delivery: Delivery) => void this.time.after(delays.between(0.05, 2), () => delivery.run()),
    });
    this.clients = new ClientNetwork(this.time, this.random.fork());
    this.#ensemble = ensembleOf(options.servers ?? 3);
    for (const id of this.#ensemble.servers.keys()) this.#servers.set(id, new SimulatedServer(id, this.#disk()));
  }

  get ids(): ServerId[] {
    return [...this.#servers.keys()];
  }

  get up(): ServerId[] {
    return this.ids.filter((id) => this.#server(id).shell !== undefined);
  }

  view(id: ServerId): ManagementView | undefined {
    return this.#server(id).shell?.view();
  }

  leader(): ServerId | undefined {
    return this.up.find((id) => this.view(id)?.state === 'LEADING' && this.view(id)?.zabState === 'BROADCAST');
  }

  start(id: ServerId): void {
    const server = this.#server(id);
    const incarnation = ++server.incarnation;
    this.#boot(server, incarnation).catch((error: unknown) => {
      if (server.incarnation === incarnation) this.errors.push(error);
    });
  }

  /** Power failure: a random part of what was not flushed is lost. */
  crash(id: ServerId): void {
    const server = this.#server(id);
    server.incarnation++;
    server.shell = undefined;
    this.#network.crash(id);
    this.clients.crash(id);
    server.fileSystem.crash({ random: this.random });
  }

  async #boot(server: SimulatedServer, incarnation: number): Promise<void> {
    const alive = (): boolean => server.incarnation === incarnation;
    const clock = this.time.clock(alive);
    const logger = this.#logger;
    const opened = await openStorage({
      fileSystem: server.fileSystem.mount(),
      dataDir: '/data',
      dataLogDir: '/data',
      logger,
      options: { preAllocSizeKb: 4 },
    });
    const storage = this.#mutation.storage?.(opened) ?? opened;
    if (!alive()) return;
    const quorumPeer = createQuorumPeer(
      {
        self: server.id,
        ensemble: this.#ensemble,
        tickTimeMs: TICK_MS,
        initLimit: 10,
        syncLimit: 4,
        minSessionTimeoutMs: 2 * TICK_MS,
        maxSessionTimeoutMs: 20 * TICK_MS,
        snapCount: 40,
        requestLimits: { ...DEFAULT_REQUEST_LIMITS, globalOutstandingLimit: 100 },
        prep: { ...DEFAULT_PREP_OPTIONS, extendedTypesEnabled: true },
        containers: { ...DEFAULT_CONTAINER_OPTIONS, checkIntervalMs: 100 },
        localSessions: this.#localSessions ? { upgradingEnabled: true } : undefined,
        readOnlyMode: this.readOnlyMode,
        commitLogCount: 10,
        commitLogBytes: 1 << 20,
        leaderServes: true,
        maxQueuedBytes: 1 << 24,
        snapshotSizeFactor: 0.33,
      },
      {
        authentication: { providers: new Map() },
        random: this.random.fork(),
        logger,
        createElection: (dependencies) =>
          createFastLeaderElection(dependencies, {
            finalizeWaitMs: 20,
            minNotificationIntervalMs: 20,
            maxNotificationIntervalMs: 500,
          }),
      },
      { time: clock.now(), wallClock: clock.wallClock() },
    );
    const shell = createServerShell({
      peer: this.#mutation.peer?.(quorumPeer) ?? quorumPeer,
      storage,
      clientTransport: this.clients.transport(server.id),
      electionTransport: this.#network.electionTransport(server.id, this.#ensemble),
      quorumTransport: this.#network.quorumTransport(server.id, this.#ensemble),
      clock,
      logger,
      answerFourLetterWord: () => '',
      onFatal: (error) => alive() && this.errors.push(error),
      snapRetainCount: 3,
      congestionBytes: 1 << 20,
    });
    server.shell = shell;
    await shell.start();
  }

  #disk(): MemoryFileSystem {
    const delays = this.random.fork();
    return new MemoryFileSystem({
      schedule: (operation: FileSystemOperation) =>
        this.time.sleep(
          operation.type === 'datasync' || operation.type === 'syncDirectory'
            ? delays.between(0.2, 8)
            : delays.between(0.01, 0.2),
        ),
    });
  }

  #server(id: ServerId): SimulatedServer {
    const server = this.#servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }
}

const quiet = (): void => undefined;
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function ensembleOf(count: number): Ensemble {
  const servers = new Map<ServerId, ServerSpecification>();
  for (let n = 1; n <= count; n++) {
    const address = { host: 'simulated', port: n };
    servers.set(n as ServerId, {
      id: n as ServerId,
      role: 'participant',
      quorumAddress: address,
      electionAddress: address,
    });
  }
  return { version: 0n, servers };
}
