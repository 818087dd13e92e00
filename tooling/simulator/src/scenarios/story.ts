// The language in which scenarios are told: what happens to servers A to E, links, disks and clients, and what must hold. Whatever a story
// waits for must come to pass, and whatever it says must be so: a schedule that did not happen as told fails.

import type { Client, EnsembleChange } from '@zebu/client';
import {
  formatZxid,
  type Millis,
  type QuorumPacketType,
  type ServerId,
  type ServerState,
  type Zxid,
} from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';
import type { SyncPath } from '../run/outcome.ts';
import type { ClientSettings, PacketFilter, World } from '../world/world.ts';
import { type DiskState, Facts } from './facts.ts';
import { Held } from './held.ts';
import { letterOf, lettersOf } from './letters.ts';
import { type Reconfig, StoryClients, type Write } from './story-clients.ts';

/** Longest simulated time that anything a story waits for may take. */
const PATIENCE_MS = 30_000;

const SYNC_PACKETS: ReadonlySet<QuorumPacketType> = new Set(['DIFF', 'TRUNC', 'SNAP']);
const FLUSHES_OF = {
  all: () => true,
  log: (path: string) => path.includes('/log.'),
  acceptedEpoch: (path: string) => path.includes('acceptedEpoch'),
  currentEpoch: (path: string) => path.includes('currentEpoch'),
  directory: (path: string) => path.endsWith('version-2'),
};

export class StoryError extends Error {
  override readonly name = 'StoryError';
}

interface Where {
  readonly at: ServerId;
}

export class Story {
  readonly world: World;
  readonly facts = new Facts();
  /** Every step, with its time: the story as it happened. */
  readonly told: string[] = [];
  readonly #clients: StoryClients;
  readonly #writes: Write[] = [];
  readonly #held: Held[] = [];
  readonly #broken: string[] = [];

  constructor(world: World) {
    this.world = world;
    this.#clients = new StoryClients(world);
    world.history.listen(this.facts.onEvent);
  }

  // --- Telling -----------------------------------------------------------------------------------------------------------------------------

  say(step: string): void {
    this.told.push(`${this.world.time.now.toFixed(1).padStart(9)} ms  ${step}`);
  }

  /** What must be so now. */
  expect(holds: boolean, sentence: string): void {
    if (!holds) throw new StoryError(`it is not so that ${sentence}`);
    this.say(`indeed ${sentence}`);
  }

  expectEqual<Value>(found: Value, expected: Value, what: string): void {
    if (show(found) !== show(expected)) throw new StoryError(`${what} is ${show(found)}, not ${show(expected)}`);
    this.say(`${what} is ${show(found)}`);
  }

  /** What must not happen from here on; returns what ends the watch. */
  never(sentence: string, happens: (event: HistoryEvent) => boolean): () => void {
    let watching = true;
    this.world.history.listen((event) => {
      if (watching && happens(event)) this.#broken.push(`it happened that ${sentence}`);
    });
    return () => {
      watching = false;
      this.assertUnbroken();
    };
  }

  assertUnbroken(): void {
    if (this.#broken.length > 0) throw new StoryError(this.#broken.join('; '));
  }

  // --- Time --------------------------------------------------------------------------------------------------------------------------------

  async passes(ms: Millis): Promise<void> {
    this.say(`${ms} ms pass`);
    await this.world.run(ms);
    this.assertUnbroken();
  }

  async until(what: string, condition: () => boolean, limitMs: Millis = PATIENCE_MS): Promise<void> {
    await this.world.runUntil(condition, limitMs, what);
    this.assertUnbroken();
    this.say(what);
  }

  /** Lets time pass until the call has ended. */
  async call<Value>(what: string, promise: Promise<Value>): Promise<Value> {
    const ended: {
      outcome?: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown };
    } = {};
    promise.then(
      (value) => {
        ended.outcome = { ok: true, value };
      },
      (error: unknown) => {
        ended.outcome = { ok: false, error };
      },
    );
    await this.world.runUntil(() => ended.outcome !== undefined, PATIENCE_MS, what);
    this.assertUnbroken();
    this.say(what);
    if (ended.outcome?.ok === true) return ended.outcome.value;
    throw ended.outcome?.error;
  }

  // --- Servers -----------------------------------------------------------------------------------------------------------------------------

  start(...servers: ServerId[]): void {
    this.say(`start ${lettersOf(servers)}`);
    for (const server of servers) this.world.start(server);
  }

  /** As servers of an ensemble start: a damaged disk is marked and set aside, for a leader to heal. */
  startHealing(...servers: ServerId[]): void {
    this.say(`start ${lettersOf(servers)}, to be healed if need be`);
    for (const server of servers) this.world.start(server, { heals: true });
  }

  /** Nothing that was not flushed is left. */
  losePower(...servers: ServerId[]): void {
    this.say(`power failure at ${lettersOf(servers)}: what was not flushed is gone`);
    for (const server of servers) this.world.powerLoss(server, 'allUnflushed');
  }

  /** Any part of what was not flushed is left. */
  losePowerInPart(...servers: ServerId[]): void {
    this.say(`power failure at ${lettersOf(servers)}: what was not flushed is left in part`);
    for (const server of servers) this.world.powerLoss(server, 'anyPart');
  }

  /** kill -9: what was written stays. */
  kill(...servers: ServerId[]): void {
    this.say(`kill -9 of ${lettersOf(servers)}`);
    for (const server of servers) this.world.kill(server);
  }

  pause(server: ServerId): void {
    this.say(`${letterOf(server)} is stopped`);
    this.world.pause(server);
  }

  resume(server: ServerId): void {
    this.say(`${letterOf(server)} goes on`);
    this.world.resume(server);
  }

  /** Starts them and waits until the leader leads and all serve. */
  async together(leader: ServerId, ...others: ServerId[]): Promise<void> {
    this.start(leader, ...others);
    await this.leads(leader);
    await this.serves(leader, ...others);
  }

  async leads(server: ServerId): Promise<void> {
    await this.until(`${letterOf(server)} leads`, () => this.world.leader() === server);
  }

  async serves(...servers: ServerId[]): Promise<void> {
    const all = (): boolean => servers.every((server) => this.isServing(server));
    await this.until(`${lettersOf(servers)} serve${servers.length === 1 ? 's' : ''}`, all);
  }

  isServing(server: ServerId): boolean {
    return this.world.isUp(server) && this.world.view(server)?.serving === true;
  }

  async is(server: ServerId, state: ServerState): Promise<void> {
    await this.until(`${letterOf(server)} is ${state}`, () => this.world.view(server)?.state === state);
  }

  /** It may be over when one looks: what counts is that it looked for a leader since then. */
  async looksAnew(server: ServerId, since: number): Promise<void> {
    await this.until(`${letterOf(server)} looks for a leader anew`, () =>
      this.facts.of(server, 'role', since).some(({ state }) => state === 'LOOKING'),
    );
  }

  /** Until the servers have noticed that their leader is gone. */
  async leave(leader: ServerId, ...servers: ServerId[]): Promise<void> {
    await this.until(`${lettersOf(servers)} have left ${letterOf(leader)}`, () =>
      servers.every((server) => this.world.view(server)?.leader !== leader),
    );
  }

  async refusesToStart(server: ServerId, reason: RegExp): Promise<void> {
    await this.until(`${letterOf(server)} refuses to start`, () => this.facts.refusal(server) !== undefined);
    const said = this.facts.refusal(server) as string;
    this.expect(reason.test(said), `${letterOf(server)} says why: ${said}`);
  }

  /** All that are up serve and have applied the same. */
  async inStep(): Promise<void> {
    await this.until('all are in step', () => {
      const views = this.world.ids.filter((id) => this.world.isUp(id)).map((id) => this.world.view(id));
      return views.every((view) => view?.serving === true && view.lastZxid === views[0]?.lastZxid);
    });
  }

  // --- Network -----------------------------------------------------------------------------------------------------------------------------

  cut(server: ServerId, ...others: ServerId[]): void {
    this.say(`the links from ${letterOf(server)} to ${lettersOf(others)} break`);
    for (const other of others) this.world.sever(server, other);
  }

  isolate(server: ServerId): void {
    this.say(`all links of ${letterOf(server)} break`);
    this.world.isolate(server);
  }

  mend(server: ServerId, ...others: ServerId[]): void {
    this.say(`the links from ${letterOf(server)} to ${lettersOf(others)} are mended`);
    for (const other of others) this.world.heal(server, other);
  }

  mendAll(): void {
    this.say('all links are mended');
    this.world.healAll();
  }

  hold(type: QuorumPacketType, filter: Omit<PacketFilter, 'type'>): Held {
    const from = filter.from === undefined ? '' : ` from ${letterOf(filter.from)}`;
    const to = filter.to === undefined ? '' : ` to ${letterOf(filter.to)}`;
    return this.#holding(this.world.holdPackets({ type, ...filter }), `${type}${from}${to}`);
  }

  // --- Disk --------------------------------------------------------------------------------------------------------------------------------

  /** Flushes that begin from now on: all of them, or those of the log, of an epoch file, or of the directory that these are renamed in. */
  holdFlushes(server: ServerId, of: 'all' | 'log' | 'acceptedEpoch' | 'currentEpoch' | 'directory' = 'all'): Held {
    return this.#holding(this.world.holdFlushes(server, FLUSHES_OF[of]), `${of} flushes at ${letterOf(server)}`);
  }

  failsNext(server: ServerId, operation: 'write' | 'flush'): void {
    this.say(`the next ${operation} of ${letterOf(server)} fails`);
    this.#fault(operation === 'write' ? 'failedWrite' : 'failedFlush', server);
    this.world.failNext(server, { operation, code: 'EIO' });
  }

  /** Of a server that is down. */
  async files(server: ServerId, prefix: string): Promise<string[]> {
    const names = await this.call(`the files of ${letterOf(server)} are listed`, this.world.files(server));
    const zxidIn = (name: string): number => Number.parseInt(name.slice(prefix.length), 16);
    return names.filter((name) => name.startsWith(prefix)).sort((left, right) => zxidIn(left) - zxidIn(right));
  }

  async losesFile(server: ServerId, name: string): Promise<void> {
    this.#fault('lostFile', server);
    await this.call(`${letterOf(server)} loses ${name}`, this.world.removeFile(server, name));
  }

  /** What a crash may leave, or, with `damage`, what none can. */
  async findsFile(server: ServerId, name: string, bytes: Uint8Array, kind: 'leftover' | 'damage'): Promise<void> {
    if (kind === 'damage') this.#fault('lostFile', server);
    await this.call(`${name} lies there, of ${bytes.length} bytes`, this.world.writeFile(server, name, bytes));
  }

  /** A bit of the byte where the file first holds the text. */
  async flipsBit(server: ServerId, name: string, text: string): Promise<void> {
    this.#fault('flippedBit', server);
    const at = await this.call(`${name} is searched`, this.world.find(server, name, text));
    this.expect(at >= 0, `${name} holds the text`);
    await this.call(`a bit of ${name} flips`, this.world.flipBit(server, name, 8 * at + 3));
  }

  wipe(server: ServerId): void {
    this.say(`${letterOf(server)} loses its disk`);
    this.#fault('wipe', server);
    this.world.wipe(server);
  }

  #fault(kind: string, server: ServerId): void {
    const description = `${kind} at ${letterOf(server)}`;
    this.world.history.record({ type: 'fault', kind, description, servers: [server] });
  }

  /** As it was last read: at a start, and between two roles. */
  diskOf(server: ServerId): DiskState {
    const disk = this.facts.disk(server);
    if (disk === undefined) throw new StoryError(`the disk of ${letterOf(server)} was never read`);
    return disk;
  }

  async readsDisk(server: ServerId): Promise<DiskState> {
    const since = this.facts.count;
    await this.until(`${letterOf(server)} reads its disk`, () => this.facts.of(server, 'diskState', since).length > 0);
    return this.diskOf(server);
  }

  // --- Clients -----------------------------------------------------------------------------------------------------------------------------

  /** Asks for a znode of that name and goes on. */
  submit(name: string, { at }: Where, data = name): Write {
    this.say(`a client of ${letterOf(at)} writes ${name}`);
    const write = this.#clients.create(at, `/${name}`, data);
    this.#writes.push(write);
    return write;
  }

  async write(name: string, where: Where, data = name): Promise<Write> {
    const write = this.submit(name, where, data);
    await this.isAcknowledged(write);
    return write;
  }

  async isAcknowledged(write: Write): Promise<void> {
    await this.until(`${write.path} is answered`, () => write.status !== 'pending');
    if (write.status !== 'acknowledged') throw new StoryError(`${write.path} was not acknowledged: ${write.error}`);
  }

  /** Until the leader has given it its zxid and handed it to its log. Nothing else may be proposed meanwhile. */
  async isProposed(write: Write, { at }: Where): Promise<void> {
    const since = this.facts.count;
    await this.until(`${letterOf(at)} proposes ${write.path}`, () => this.facts.of(at, 'appended', since).length > 0);
    write.zxid = this.facts.of(at, 'appended', since)[0]?.txns.at(-1)?.zxid;
    this.expectPending(write);
  }

  /** Submits at the leader, and waits until that has logged it. */
  async propose(name: string, { at }: Where): Promise<Write> {
    const write = this.submit(name, { at });
    await this.isProposed(write, { at });
    return write;
  }

  expectPending(write: Write): void {
    this.expect(write.status === 'pending', `nobody was told of ${write.path} yet`);
  }

  async isLogged(write: Write, ...servers: ServerId[]): Promise<void> {
    await this.until(`${write.path} is in the log of ${lettersOf(servers)}`, () =>
      servers.every((server) => this.logs(server, write)),
    );
  }

  async isFlushed(write: Write, ...servers: ServerId[]): Promise<void> {
    await this.until(`${write.path} is on the disk of ${lettersOf(servers)}`, () =>
      servers.every((server) => this.logs(server, write) && this.facts.flushedZxid(server) >= zxidOf(write)),
    );
  }

  /** In its log, as far as that is there behind the newest snapshot that was received. */
  logs(server: ServerId, write: Write): boolean {
    return this.facts.log(server).includes(zxidOf(write));
  }

  hasApplied(server: ServerId, write: Write): boolean {
    return this.facts.appliedZxid(server) >= zxidOf(write);
  }

  /** Asks for a change of the ensemble and goes on. */
  submitReconfig(change: EnsembleChange, words: string, { at }: Where): Reconfig {
    this.say(`a client of ${letterOf(at)} asks for a change of the ensemble: ${words}`);
    return this.#clients.reconfigure(at, change, words);
  }

  async reconfigures(change: EnsembleChange, words: string, where: Where): Promise<void> {
    const reconfig = this.submitReconfig(change, words, where);
    await this.until(`the change is answered: ${words}`, () => reconfig.status !== 'pending');
    if (reconfig.status !== 'made') throw new StoryError(`the change was not made: ${reconfig.error}`);
  }

  /** Each of the servers has a reconfig in its log. */
  async logsReconfig(...servers: ServerId[]): Promise<void> {
    await this.until(`a change of the ensemble is in the log of ${lettersOf(servers)}`, () =>
      servers.every((server) =>
        this.facts
          .of(server, 'appended', 0)
          .some(({ txns }) => txns.some(({ configuration }) => configuration !== undefined)),
      ),
    );
  }

  async read(name: string, { at }: Where): Promise<string | undefined> {
    return this.call(`a client of ${letterOf(at)} reads ${name}`, this.#clients.read(at, `/${name}`));
  }

  /** On each of the servers. */
  async sees(write: Write, ...servers: ServerId[]): Promise<void> {
    for (const at of servers) {
      const data = await this.read(write.name, { at });
      if (data !== write.data)
        throw new StoryError(`${write.path} at ${letterOf(at)} is ${data === undefined ? 'gone' : show(data)}`);
    }
  }

  async seesNot(write: Write, ...servers: ServerId[]): Promise<void> {
    for (const at of servers) {
      if ((await this.read(write.name, { at })) !== undefined)
        throw new StoryError(`${write.path} is there at ${letterOf(at)}`);
    }
  }

  client(settings: ClientSettings): Client {
    this.say(`client ${settings.name} of ${lettersOf(settings.servers ?? this.world.ids)}`);
    return this.world.client(settings);
  }

  // --- Synchronization ---------------------------------------------------------------------------------------------------------------------

  /** Since the learner last looked for a leader. */
  async isSynced(learner: ServerId, path: SyncPath): Promise<void> {
    await this.until(`${letterOf(learner)} is synced`, () => this.facts.syncPath(learner) !== undefined);
    this.expectEqual(this.facts.syncPath(learner), path, `the way in which ${letterOf(learner)} is synced`);
  }

  /** The last thing that the learner was sent to bring it to its leader's history, since it last looked for one; nothing need have arrived. */
  expectSent(learner: ServerId, type: 'DIFF' | 'TRUNC' | 'SNAP'): void {
    const packet = this.facts.sent
      .filter(({ to, packet: { type: of } }) => to === learner && SYNC_PACKETS.has(of))
      .at(-1);
    this.expectEqual(packet?.packet.type, type, `what ${letterOf(learner)} is sent`);
  }

  // --- The end -----------------------------------------------------------------------------------------------------------------------------

  /** What was acknowledged by now. */
  acknowledgedWrites(): readonly Write[] {
    return this.#writes.filter(({ status }) => status === 'acknowledged');
  }

  releaseAll(): void {
    for (const held of this.#held) held.release();
  }

  #holding(hold: ReturnType<World['holdFlushes']>, what: string): Held {
    const held = new Held(this.world, hold, what, (step) => this.say(step));
    this.say(`${what} will be held`);
    this.#held.push(held);
    return held;
  }
}

export function zxidOf(write: Write): Zxid {
  if (write.zxid === undefined) throw new StoryError(`the zxid of ${write.path} is not known yet`);
  return write.zxid;
}

const show = (value: unknown): string =>
  typeof value === 'bigint'
    ? formatZxid(value as Zxid)
    : JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? formatZxid(inner as Zxid) : inner));
