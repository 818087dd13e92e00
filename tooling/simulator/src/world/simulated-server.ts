// One machine with its disk and clock, and the lives of the server process on it: composed as apps/server does, over simulated ports.

import { createDigestProvider } from '@zebu/authentication';
import type { MemoryNetwork } from '@zebu/cnx-memory';
import type { Clock, FileSystem, Logger, ManagementView, Storage } from '@zebu/interfaces';
import {
  createQuorumPeer,
  DEFAULT_CONTAINER_OPTIONS,
  DEFAULT_PREP_OPTIONS,
  DEFAULT_REQUEST_LIMITS,
  type Peer,
} from '@zebu/peer';
import type { Ensemble, ServerId } from '@zebu/protocol';
import { createServerShell, type ServerShell } from '@zebu/shell';
import { openStorage } from '@zebu/txnlog';
import type { MessageFact, ServerFact } from '../history/event.ts';
import type { History } from '../history/history.ts';
import type { ClientNetwork } from './client-network.ts';
import { ConfigurationFiles } from './configuration-files.ts';
import type { CreateElection } from './elections.ts';
import type { Mutation } from './mutation.ts';
import { observedElectionTransport } from './observed-election-transport.ts';
import { observedPeer } from './observed-peer.ts';
import { observedStorage } from './observed-storage.ts';
import { PacketGate, type PacketHold } from './packet-gate.ts';
import { ProcessGate } from './process-gate.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { ServerClock } from './server-clock.ts';
import type { ServerNetwork } from './server-network.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedOracle } from './simulated-oracle.ts';
import { SUPER_DIGEST } from './super-user.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { ReconfigurationOptions, ServerSettings, StartOptions } from './world.ts';

/** As apps/server does. */
const STOP_WITHIN_MS = 2000;
export const DATA_DIRECTORY = '/data';

/** What all servers share. */
export interface ServerSurroundings {
  readonly time: VirtualTime;
  readonly history: History;
  /** Where the ensemble can be changed, each server's files say what it is. */
  readonly ensemble: Ensemble;
  readonly reconfiguration: ReconfigurationOptions | undefined;
  readonly oracle: boolean;
  readonly settings: ServerSettings;
  readonly network: ServerNetwork;
  readonly clients: ClientNetwork;
  readonly holds: readonly PacketHold[];
  readonly createElection: CreateElection;
  readonly mutation: Mutation;
  readonly logger: Logger;
}

/** One life of a server. */
class ServerProcess {
  readonly gate: ProcessGate;
  shell: ServerShell | undefined;
  packets: PacketGate | undefined;
  /** Of the transports: what the process sent arrives all the same. */
  closeTransports: () => void = () => undefined;

  constructor(time: VirtualTime) {
    this.gate = new ProcessGate(time);
  }

  get isAlive(): boolean {
    return !this.gate.hasEnded;
  }
}

export class SimulatedServer {
  readonly id: ServerId;
  readonly disk: SimulatedDisk;
  readonly clock: ServerClock;
  readonly #surroundings: ServerSurroundings;
  readonly #random: SeededRandom;
  readonly #files: ConfigurationFiles | undefined;
  readonly #oracle: SimulatedOracle;
  #process: ServerProcess | undefined;
  #incarnation = 0;

  constructor(
    id: ServerId,
    parts: { readonly disk: SimulatedDisk; readonly clock: ServerClock; readonly random: SeededRandom },
    surroundings: ServerSurroundings,
  ) {
    this.id = id;
    this.disk = parts.disk;
    this.clock = parts.clock;
    this.#random = parts.random;
    this.#surroundings = surroundings;
    this.#oracle = new SimulatedOracle((grants) => this.#record({ type: 'oracleAnswered', grants }));
    const { reconfiguration, ensemble } = surroundings;
    if (reconfiguration === undefined) return;
    const { standaloneEnabled } = reconfiguration;
    this.#files = new ConfigurationFiles({ self: id, disk: this.disk, standaloneEnabled, initial: ensemble });
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  view(): ManagementView | undefined {
    return this.#process?.shell?.view();
  }

  setOracle(grants: boolean): void {
    this.#oracle.set(grants);
  }

  async configure(ensemble: Ensemble): Promise<void> {
    await this.#files?.give(ensemble);
  }

  start(options: StartOptions): void {
    if (this.#process !== undefined) throw new Error(`server ${this.id} is up`);
    const process = new ServerProcess(this.#surroundings.time);
    this.#process = process;
    this.#record({ type: 'started', incarnation: ++this.#incarnation });
    this.#boot(process, options).catch((error: unknown) => {
      if (!process.isAlive) return;
      this.#surroundings.logger.error('refused to start', { sid: this.id, reason: String(error) });
      this.#record({ type: 'refusedToStart', reason: String(error) });
      this.#end('kill');
    });
  }

  powerLoss(what: 'anyPart' | 'allUnflushed' | 'nothing'): void {
    if (this.#process !== undefined) {
      this.#record({ type: 'ended', how: 'powerLoss' });
      this.#end('powerLoss');
    }
    // Also of a machine whose server was killed: its page cache is still there.
    this.disk.powerLoss(what);
  }

  kill(): void {
    if (this.#process === undefined) return;
    this.#record({ type: 'ended', how: 'kill' });
    this.#end('kill');
  }

  /** SIGTERM: ends once what was begun is done, or when its time is up. A paused process hears of it when it goes on. */
  stop(): void {
    const process = this.#process;
    if (process === undefined) return;
    const end = (): void => {
      if (this.#process !== process) return;
      this.#record({ type: 'ended', how: 'stop' });
      this.#end('kill');
    };
    process.gate.read(() => {
      this.#surroundings.time.after(STOP_WITHIN_MS, end);
      // A disk that fails meanwhile changes nothing.
      process.shell?.stop().then(end, end);
    });
  }

  /** What becomes of it the history tells. */
  transferLeadership(to: ServerId | undefined): void {
    const process = this.#process;
    process?.gate.read(() => void process.shell?.transferLeadership(to));
  }

  pause(): void {
    if (this.#process === undefined || this.#process.gate.isPaused) return;
    this.#record({ type: 'paused' });
    this.#process.gate.pause();
  }

  resume(): void {
    if (this.#process?.gate.isPaused !== true) return;
    this.#record({ type: 'resumed' });
    this.#process.gate.resume();
  }

  /** What waited for this hold goes on. */
  released(hold: PacketHold): void {
    this.#process?.packets?.released(hold);
  }

  /** Without a word. */
  vanish(): void {
    if (this.#process !== undefined) this.#end('powerLoss');
  }

  #fail(process: ServerProcess, error: unknown): void {
    if (this.#process !== process) return;
    const stack = error instanceof Error ? error.stack : undefined;
    this.#surroundings.logger.error('ended', { sid: this.id, reason: String(error), stack });
    this.#record({ type: 'ended', how: 'fatal', reason: reasonOf(error) });
    this.#end('kill');
  }

  #end(how: 'powerLoss' | 'kill'): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.gate.end();
    process.packets?.end();
    this.clock.forgetTimers();
    if (how === 'kill') process.closeTransports();
    this.#surroundings.network.memory.crash(this.id);
    this.#surroundings.clients.crash(this.id);
    if (how === 'kill') this.disk.kill();
  }

  async #boot(process: ServerProcess, options: StartOptions): Promise<void> {
    const { logger, settings } = this.#surroundings;
    const clock = this.clock.forProcess(process.gate);
    const ensemble = this.#files === undefined ? this.#surroundings.ensemble : await this.#files.read();
    if (!process.isAlive) return;
    const mounted = this.disk.mount(process.gate);
    const storage = await this.#openStorage(mounted, options);
    if (!process.isAlive) return;
    const peer = this.#createPeer(clock, ensemble);
    const ports = this.#connect(process, ensemble);
    const shell = createServerShell({
      peer,
      storage,
      configurations: this.#files?.store(mounted, ({ version }) =>
        this.#record({ type: 'configurationWritten', version }),
      ),
      ...ports,
      oracle: this.#surroundings.oracle ? this.#oracle.forProcess(process.gate) : undefined,
      clock,
      logger,
      answerFourLetterWord: () => '',
      onFatal: (error) => this.#fail(process, error),
      snapRetainCount: settings.snapRetainCount,
      congestionBytes: 1 << 20,
    });
    process.shell = shell;
    await shell.start();
  }

  async #openStorage(mounted: FileSystem, options: StartOptions): Promise<Storage> {
    const { mutation, logger } = this.#surroundings;
    const opened = await openStorage({
      fileSystem: mutation.fileSystem?.(mounted, this.id) ?? mounted,
      dataDir: DATA_DIRECTORY,
      logger,
      options: { preAllocSizeKb: 4, dbAutocreate: options.dbAutocreate ?? true, heals: options.heals ?? false },
    });
    const observed = observedStorage(opened, (fact) => this.#record(fact));
    return mutation.storage?.(observed, this.id) ?? observed;
  }

  #connect(
    process: ServerProcess,
    ensemble: Ensemble,
  ): Pick<Parameters<typeof createServerShell>[0], 'electionTransport' | 'quorumTransport' | 'clientTransport'> {
    const { network, clients, holds, time, history } = this.#surroundings;
    const { id } = this;
    const record = (fact: MessageFact): void => history.record(fact);
    network.setGate(id, process.gate);
    const memory: MemoryNetwork = network.memory;
    const election = memory.electionTransport(id, ensemble);
    const quorum = memory.quorumTransport(id, ensemble);
    process.closeTransports = () => {
      void election.close();
      void quorum.close();
    };
    process.packets = new PacketGate({
      self: id,
      transport: quorum,
      gate: process.gate,
      holds,
      defer: (run) => void time.after(0, run),
      record,
    });
    return {
      electionTransport: observedElectionTransport(election, id, record),
      quorumTransport: process.packets,
      clientTransport: clients.transport(id, process.gate),
    };
  }

  #createPeer(clock: Clock, ensemble: Ensemble): Peer {
    const { reconfiguration, settings, createElection, mutation, logger } = this.#surroundings;
    const { tickTimeMs, initLimit, syncLimit, snapCount, commitLogCount, snapshotSizeFactor, lastCounter } = settings;
    const peer = createQuorumPeer(
      {
        self: this.id,
        ensemble,
        tickTimeMs,
        initLimit,
        syncLimit,
        minSessionTimeoutMs: 2 * tickTimeMs,
        maxSessionTimeoutMs: 20 * tickTimeMs,
        snapCount,
        requestLimits: {
          ...DEFAULT_REQUEST_LIMITS,
          globalOutstandingLimit: 100,
          workAtOnce: settings.appliedAtOnceCount,
        },
        prep: {
          ...DEFAULT_PREP_OPTIONS,
          extendedTypesEnabled: settings.extendedTypesEnabled,
          reconfigEnabled: reconfiguration !== undefined,
          standaloneEnabled: reconfiguration?.standaloneEnabled ?? true,
        },
        containers: { ...DEFAULT_CONTAINER_OPTIONS, checkIntervalMs: 500 },
        readOnlyMode: settings.readOnlyMode,
        localSessions: settings.localSessions ? { upgradingEnabled: true } : undefined,
        commitLogCount,
        commitLogBytes: 1 << 20,
        leaderServes: true,
        oracle: this.#surroundings.oracle,
        maxQueuedBytes: 1 << 24,
        snapshotSizeFactor,
        observers: {
          masters: settings.observerMasters,
          keepsLog: settings.observersKeepLog,
          electionDelayMs: settings.observerMasters ? tickTimeMs : 0,
          reconnectDelayMs: settings.observerMasters ? tickTimeMs : 0,
        },
        lastCounter,
      },
      {
        authentication: { providers: new Map([['digest', createDigestProvider({ superDigest: SUPER_DIGEST })]]) },
        random: this.#random.fork(),
        logger,
        createElection: (dependencies) => {
          const election = createElection(dependencies);
          return mutation.election?.(election, this.id) ?? election;
        },
      },
      { time: clock.now(), wallClock: clock.wallClock() },
    );
    return observedPeer(mutation.peer?.(peer, this.id) ?? peer, (fact) => this.#record(fact));
  }

  #record(fact: ServerFact): void {
    this.#surroundings.history.record(Object.assign(fact, { server: this.id }));
  }
}

/** With what caused it: a disk's error is told from a broken invariant by it. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? `${String(error)} (${String(error.cause)})` : String(error);
