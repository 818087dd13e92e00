// Builds a world from its options: every stream of chance is a fork of its own, made in a fixed order, so that one seed decides everything and
// what one part draws changes nothing for another.

import { type Client, createClient } from '@zebu/client';
import type { ManagementView } from '@zebu/interfaces';
import type { Ensemble, Millis, QuorumHierarchy, ServerId, ServerSpecification } from '@zebu/protocol';
import { History } from '../history/history.ts';
import { specification } from './addresses.ts';
import { ClientNetwork } from './client-network.ts';
import { Delay } from './delay.ts';
import { fastLeaderElection } from './elections.ts';
import { PacketHold } from './packet-gate.ts';
import { recordSession } from './record-session.ts';
import { replyHeaders } from './reply-headers.ts';
import { SeededRandom } from './seeded-random.ts';
import { ServerClock } from './server-clock.ts';
import { ServerNetwork } from './server-network.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { DATA_DIRECTORY, SimulatedServer } from './simulated-server.ts';
import { VirtualTime } from './virtual-time.ts';
import type {
  ClientSettings,
  DelayRange,
  Hold,
  Impostor,
  PacketFilter,
  ServerSettings,
  StartOptions,
  World,
  WorldOptions,
} from './world.ts';

const DEFAULT_SETTINGS: ServerSettings = {
  tickTimeMs: 200,
  initLimit: 10,
  syncLimit: 4,
  snapCount: 40,
  commitLogCount: 10,
  snapRetainCount: 3,
  snapshotSizeFactor: 0.33,
  localSessions: false,
  extendedTypesEnabled: true,
  readOnlyMode: false,
  observerMasters: false,
  observersKeepLog: true,
  appliedAtOnceCount: 512,
};
const LINK_DELAY_MS: DelayRange = [0.05, 2];
const CLIENT_DELAY_MS: DelayRange = [0.05, 1];
const WRITE_MS: DelayRange = [0.01, 0.2];
const FLUSH_MS: DelayRange = [0.2, 8];
const TIMER_DELAY_MS: DelayRange = [0, 0.5];
const VERSION_DIRECTORY = `${DATA_DIRECTORY}/version-2`;

const quiet = (): void => undefined;
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** `keepHistory`: the events can be looked at afterwards; listeners hear them in any case. */
export const createWorld = (options: WorldOptions, keepHistory: boolean): World =>
  new SimulatedWorld(options, keepHistory);

class SimulatedWorld implements World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly history: History;
  readonly voters: readonly ServerId[];
  readonly observers: readonly ServerId[];
  readonly spares: readonly ServerId[];
  readonly ensemble: Ensemble;
  readonly #options: WorldOptions;
  readonly #network: ServerNetwork;
  readonly #clientNetwork: ClientNetwork;
  readonly #clientRandom: SeededRandom;
  readonly #clients: Client[] = [];
  readonly #servers = new Map<ServerId, SimulatedServer>();
  readonly #holds: PacketHold[] = [];
  #holdCount = 0;
  #closed = false;

  constructor(options: WorldOptions, keepHistory: boolean) {
    this.#options = options;
    const random = new SeededRandom(options.seed);
    this.random = random.fork();
    this.#clientRandom = random.fork();
    this.history = new History(() => this.time.now, keepHistory);
    this.voters = range(1, options.voterCount);
    this.observers = range(options.voterCount + 1, options.observerCount);
    const { hierarchy, reconfiguration } = options;
    this.spares = range(options.voterCount + options.observerCount + 1, reconfiguration?.spareCount ?? 0);
    this.ensemble = ensembleOf(this, hierarchy, reconfiguration === undefined ? byId : specification);
    const linkDelayMs = options.linkDelayMs ?? LINK_DELAY_MS;
    this.#network = new ServerNetwork(this.time, random.fork(), this.ids, linkDelayMs);
    this.#clientNetwork = new ClientNetwork(this.time);
    const surroundings = {
      time: this.time,
      history: this.history,
      ensemble: this.ensemble,
      reconfiguration,
      oracle: options.oracle ?? false,
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      network: this.#network,
      clients: this.#clientNetwork,
      holds: this.#holds,
      createElection: options.createElection ?? fastLeaderElection,
      mutation: options.mutation ?? {},
      logger: options.logger ?? SILENT,
    };
    for (const id of this.ids) this.#servers.set(id, new SimulatedServer(id, this.#machine(random), surroundings));
  }

  get ids(): readonly ServerId[] {
    return [...this.voters, ...this.observers, ...this.spares];
  }

  start(id: ServerId, options: StartOptions = {}): void {
    this.#server(id).start(options);
  }

  powerLoss(id: ServerId, what: 'anyPart' | 'allUnflushed' | 'nothing' = 'anyPart'): void {
    this.#server(id).powerLoss(what);
  }

  kill(id: ServerId): void {
    this.#server(id).kill();
  }

  stop(id: ServerId): void {
    this.#server(id).stop();
  }

  transferLeadership(id: ServerId, to?: ServerId): void {
    this.#server(id).transferLeadership(to);
  }

  pause(id: ServerId): void {
    this.#server(id).pause();
  }

  resume(id: ServerId): void {
    this.#server(id).resume();
  }

  isUp(id: ServerId): boolean {
    return this.#server(id).isUp;
  }

  view(id: ServerId): ManagementView | undefined {
    return this.#server(id).view();
  }

  impersonate(id: ServerId): Impostor {
    if (this.isUp(id)) throw new Error(`server ${id} is up, and speaks for itself`);
    const transport = this.#network.memory.electionTransport(id, this.ensemble);
    const deaf = (): void => undefined;
    void transport.start({ onNotification: deaf, onLinkUp: deaf, onLinkDown: deaf });
    return {
      notify: (to, notification) => transport.send(to, notification),
      end: () => void transport.close(),
    };
  }

  leader(): ServerId | undefined {
    let leader: { readonly id: ServerId; readonly epoch: number } | undefined;
    for (const id of this.ids) {
      const view = this.view(id);
      if (view?.state !== 'LEADING' || view.zabState !== 'BROADCAST' || !view.serving) continue;
      // One that was cut off may not know yet that it is the last one no more.
      if (leader === undefined || view.epoch > leader.epoch) leader = { id, epoch: view.epoch };
    }
    return leader?.id;
  }

  setOracle(id: ServerId, grants: boolean): void {
    this.#server(id).setOracle(grants);
  }

  sever(a: ServerId, b: ServerId): void {
    this.#network.memory.sever(a, b);
  }

  isolate(id: ServerId): void {
    for (const other of this.ids) if (other !== id) this.sever(id, other);
  }

  stall(from: ServerId, to: ServerId): void {
    this.#network.memory.stall(from, to);
  }

  heal(a: ServerId, b: ServerId): void {
    this.#network.memory.heal(a, b);
  }

  healAll(): void {
    for (const a of this.ids) for (const b of this.ids) if (a < b) this.heal(a, b);
  }

  resetLink(a: ServerId, b: ServerId): void {
    this.#network.memory.reset(a, b);
  }

  setLinkDelay(a: ServerId, b: ServerId, delayMs: DelayRange | undefined): void {
    this.#network.setDelay(a, b, delayMs);
  }

  holdPackets(filter: PacketFilter): Hold {
    const hold = new PacketHold(++this.#holdCount, filter, (released) => {
      const index = this.#holds.indexOf(released);
      if (index >= 0) this.#holds.splice(index, 1);
      for (const server of this.#servers.values()) server.released(released);
    });
    this.#holds.push(hold);
    return hold;
  }

  setDiskDelay(
    id: ServerId,
    delays: { readonly writeMs?: DelayRange; readonly flushMs?: DelayRange } | undefined,
  ): void {
    const { disk } = this.#server(id);
    disk.writes.set(delays?.writeMs);
    disk.flushes.set(delays?.flushMs);
  }

  holdFlushes(id: ServerId, concerns: (path: string) => boolean = () => true): Hold {
    return this.#server(id).disk.holdFlushes(concerns);
  }

  failNext(id: ServerId, fault: Parameters<World['failNext']>[1]): void {
    this.#server(id).disk.failNext(fault);
  }

  setDiskFull(id: ServerId, full: boolean): void {
    this.#server(id).disk.setFull(full);
  }

  async files(id: ServerId): Promise<string[]> {
    return this.#idleDisk(id).namesIn(VERSION_DIRECTORY);
  }

  async removeFile(id: ServerId, name: string): Promise<void> {
    this.#idleDisk(id).loseFile(`${VERSION_DIRECTORY}/${name}`);
  }

  async flipBit(id: ServerId, name: string, position: number): Promise<void> {
    this.#idleDisk(id).flipBit(`${VERSION_DIRECTORY}/${name}`, position);
  }

  async writeFile(id: ServerId, name: string, bytes: Uint8Array): Promise<void> {
    this.#idleDisk(id);
    await this.#server(id).disk.writeFile(`${VERSION_DIRECTORY}/${name}`, bytes);
  }

  async find(id: ServerId, name: string, text: string): Promise<number> {
    this.#idleDisk(id);
    const bytes = await this.#server(id).disk.readFile(`${VERSION_DIRECTORY}/${name}`);
    return Buffer.from(bytes).indexOf(text);
  }

  wipe(id: ServerId): void {
    this.#idleDisk(id).wipe();
  }

  async configure(id: ServerId, ensemble: Ensemble): Promise<void> {
    this.#idleDisk(id);
    await this.#server(id).configure(ensemble);
  }

  setTimerDelay(id: ServerId, delayMs: DelayRange | undefined): void {
    this.#server(id).clock.lateness.set(delayMs);
  }

  setClockRate(id: ServerId, rate: number): void {
    this.#server(id).clock.setRate(rate);
  }

  jumpWallClock(id: ServerId, byMs: number): void {
    this.#server(id).clock.jumpWallClock(byMs);
  }

  client({ name, servers = this.ids, sessionTimeoutMs = 4000, readOnly = false }: ClientSettings): Client {
    const random = this.#clientRandom.fork();
    const delay = new Delay(random.fork(), this.#options.clientDelayMs ?? CLIENT_DELAY_MS);
    const onFrames = (server: ServerId, frames: Uint8Array): void => {
      if (readOnly) return;
      for (const header of replyHeaders(frames))
        this.history.record({ type: 'replied', client: name, server, ...header });
    };
    const client = createClient({
      servers: servers.map((id) => ({ host: 'simulated', port: id })),
      sessionTimeoutMs,
      connectTimeoutMs: 500,
      dialer: this.#clientNetwork.dialer({ delay, onFrames }),
      clock: this.time.clock(),
      random,
      backoff: { initialMs: 20, maxMs: 250 },
      readOnly,
      readWriteProbe: (server) => this.#hasQuorum(server.port as ServerId),
    });
    if (!readOnly) {
      recordSession(client, {
        serverAt: ({ port }) => port as ServerId,
        record: (fact) => {
          if (!this.#closed) this.history.record({ ...fact, client: name });
        },
      });
    }
    this.#clients.push(client);
    return client;
  }

  dropClients(id: ServerId): void {
    this.#clientNetwork.dropAll(id);
  }

  run(ms: Millis): Promise<void> {
    return this.time.run(ms);
  }

  runUntil(condition: () => boolean, limitMs: Millis, what: string): Promise<void> {
    return this.time.runUntil(condition, limitMs, what);
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.detach();
    for (const server of this.#servers.values()) server.vanish();
    this.time.clear();
  }

  #machine(random: SeededRandom): ConstructorParameters<typeof SimulatedServer>[1] {
    const { writeMs = WRITE_MS, flushMs = FLUSH_MS, timerDelayMs = TIMER_DELAY_MS } = this.#options;
    const writes = new Delay(random.fork(), writeMs);
    const flushes = new Delay(random.fork(), flushMs);
    return {
      disk: new SimulatedDisk(this.time, { random: random.fork(), writes, flushes }),
      clock: new ServerClock(this.time, new Delay(random.fork(), timerDelayMs)),
      random: random.fork(),
    };
  }

  /** The answer to `isro`. */
  async #hasQuorum(id: ServerId): Promise<boolean> {
    await this.time.sleep(1);
    const view = this.view(id);
    return view?.serving === true && !view.readOnly;
  }

  #idleDisk(id: ServerId): SimulatedDisk['files'] {
    const { isUp, disk } = this.#server(id);
    if (isUp) throw new Error(`server ${id} is up, and its files are in use`);
    return disk.files;
  }

  #server(id: ServerId): SimulatedServer {
    const server = this.#servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }
}

const range = (first: number, count: number): ServerId[] =>
  Array.from({ length: count }, (_, index) => (first + index) as ServerId);

function byId(id: ServerId, role: ServerSpecification['role']): ServerSpecification {
  const address = { host: 'simulated', port: id };
  return { id, role, quorumAddress: address, electionAddress: address };
}

function ensembleOf(
  { voters, observers }: Pick<World, 'voters' | 'observers'>,
  hierarchy: QuorumHierarchy | undefined,
  describe: (id: ServerId, role: ServerSpecification['role']) => ServerSpecification,
): Ensemble {
  const all = [...voters.map((id) => describe(id, 'participant')), ...observers.map((id) => describe(id, 'observer'))];
  const servers = new Map(all.map((server) => [server.id, server]));
  return hierarchy === undefined ? { version: 0n, servers } : { version: 0n, servers, hierarchy };
}
