// The load of a run: seeded sessions of each kind, begun anew when they end, until told to stop; and all that they wrote, read back.

import type { ServerId } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { Actor, MakeActor, Stage } from './actor.ts';
import { chance } from './actor.ts';
import { browse } from './browser.ts';
import { makeCollector } from './collector.ts';
import { makeOwner } from './owner.ts';
import { makeQueue } from './queue.ts';
import { readBack } from './read-back.ts';
import { RecordedClient } from './recorded-client.ts';
import { makeRegister } from './register.ts';
import { ReplyZxids } from './reply-zxids.ts';
import { makeTransactor } from './transactor.ts';
import { makeWatcher } from './watcher.ts';
import { SESSION_KINDS, type SessionKind, type WorkloadOptions } from './workload-options.ts';
import type { WorkloadWorld } from './workload-world.ts';
import { makeWriter } from './writer.ts';
import { WrittenPaths } from './written-paths.ts';

export interface Workload {
  /** Requests that were answered with success. */
  readonly acknowledgedCount: number;
  readonly operationCount: number;
  /** Load of other kinds adds to it what is to be read back, too. */
  readonly written: WrittenPaths;
  /** Stopped, and every session is closed or left to expire. */
  readonly isIdle: boolean;
  /** No new work; sessions end once what they have under way has. */
  stop(): void;
  /**
   * Reads all that was ever written, through this server, in a session of its own. Resolves when all is read and what goes by
   * itself is gone, or has had the time for it. Time must pass meanwhile: await it beside `world.runUntil`.
   */
  readBack(server: ServerId): Promise<void>;
}

const ACTORS: Readonly<Record<SessionKind, MakeActor>> = {
  writer: makeWriter,
  register: makeRegister,
  queue: makeQueue,
  transactor: makeTransactor,
  owner: makeOwner,
  watcher: makeWatcher,
  collector: makeCollector,
};

/** Between the end of a session and the next one in its place. */
const RENEWAL_MS = 20;

export const createWorkload = (world: WorkloadWorld, options: WorkloadOptions): Workload =>
  new SeededWorkload(world, options);

class SeededWorkload implements Workload {
  readonly #world: WorkloadWorld;
  readonly #options: WorkloadOptions;
  readonly #zxids: ReplyZxids;
  readonly written = new WrittenPaths();
  #isStopping = false;
  #runningCount = 0;
  #readerCount = 0;
  acknowledgedCount = 0;
  operationCount = 0;

  constructor(world: WorkloadWorld, options: WorkloadOptions) {
    this.#world = world;
    this.#options = options;
    this.#zxids = new ReplyZxids(world.history);
    world.history.listen((event) => {
      if (event.type === 'invoked') this.operationCount++;
      else if (event.type === 'returned' && event.outcome.ok) this.acknowledgedCount++;
    });
    const random = world.random.fork();
    for (const kind of SESSION_KINDS) {
      // Forked whether used or not: one kind's count changes nothing for the others.
      const ofKind = random.fork();
      for (let index = 0; index < options.sessionCounts[kind]; index++) {
        void this.#play(ACTORS[kind], `${kind}-${index}`, ofKind.fork());
      }
    }
    const ofBrowser = random.fork();
    if (options.browses) void this.#browse(ofBrowser);
    if (options.moveEveryMs !== undefined) void this.#moveSessions(options.moveEveryMs, random.fork());
  }

  get isIdle(): boolean {
    return this.#isStopping && this.#runningCount === 0;
  }

  stop(): void {
    this.#isStopping = true;
  }

  async readBack(server: ServerId): Promise<void> {
    const { time } = this.#world;
    const client = this.#client({ name: `reader-${this.#readerCount++}`, servers: [server] });
    const [, longestTimeoutMs] = this.#options.sessionTimeoutMs;
    await readBack({ client, written: this.written, time, goneBy: time.now + 3 * longestTimeoutMs + 5000 });
  }

  async #browse(random: SeededRandom): Promise<void> {
    this.#runningCount++;
    const isStopping = (): boolean => this.#isStopping;
    await browse({ world: this.#world, written: this.written, random, isStopping });
    this.#runningCount--;
  }

  /** One session after the other. */
  async #play(makeActor: MakeActor, name: string, random: SeededRandom): Promise<void> {
    this.#runningCount++;
    for (let generation = 0; !this.#isStopping; generation++) {
      const client = this.#client({
        name: generation === 0 ? name : `${name}.${generation}`,
        sessionTimeoutMs: Math.round(random.between(...this.#options.sessionTimeoutMs)),
      });
      const stage: Stage = {
        client,
        random: random.fork(),
        written: this.written,
        options: this.#options,
        sleep: (ms) => this.#world.time.sleep(ms),
      };
      await this.#perform(makeActor(stage), stage);
      await this.#world.time.sleep(RENEWAL_MS);
    }
    this.#runningCount--;
  }

  async #perform(actor: Actor, { client, random, sleep }: Stage): Promise<void> {
    while (!this.#isStopping && !client.isOver) {
      await actor.act();
      await sleep(random.between(...this.#options.pauseMs));
    }
    if (client.isOver) return;
    await actor.finish?.();
    if (chance(random, this.#options.abandoning)) client.abandon();
    else await client.close();
  }

  async #moveSessions(everyMs: number, random: SeededRandom): Promise<void> {
    const { ids, time } = this.#world;
    for (;;) {
      await time.sleep(random.between(0.5 * everyMs, 1.5 * everyMs));
      if (this.#isStopping) return;
      this.#world.dropClients(ids[random.below(ids.length)] as ServerId);
    }
  }

  #client(settings: {
    readonly name: string;
    readonly servers?: readonly ServerId[];
    readonly sessionTimeoutMs?: number;
  }) {
    return new RecordedClient(this.#world, this.#zxids, settings);
  }
}
