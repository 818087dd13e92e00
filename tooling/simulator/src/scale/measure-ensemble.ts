// Builds an ensemble of a shape in a simulated world without faults but the one that ends its leader, and measures it. Processors are infinitely fast here:
// what is measured is what the protocol costs in round trips, flushes and messages.

import type { Client } from '@zebu/client';
import type { Millis, ServerId } from '@zebu/protocol';
import { createWorld } from '../world/simulated-world.ts';
import type { World } from '../world/world.ts';
import type { EnsembleShape, Measurement } from './measurement.ts';
import { Traffic } from './wire-bytes.ts';

const SEED = 1;
const WRITES = 20;
const BUSY_WRITES = 500;
const IN_FLIGHT = 100;
const ELECTIONS = 3;
const IDLE_MS = 6000;
const PATIENCE_MS = 600_000;
/** Of a znode. */
const DATA = new Uint8Array(100);
/** A disk that flushes in half a millisecond, and a client next to its server. */
const WRITE_MS = 0.02;
const FLUSH_MS = 0.5;
const CLIENT_DELAY_MS = 0.05;
/** ZooKeeper's usual ones. */
const TICK_MS = 2000;
const LIMITS_IN_TICKS = { initLimit: 10, syncLimit: 5 };

export async function measureEnsemble(shape: EnsembleShape): Promise<Measurement> {
  const world = createWorld(
    {
      seed: SEED,
      voterCount: shape.voterCount,
      observerCount: shape.observerCount,
      settings: {
        tickTimeMs: TICK_MS,
        ...LIMITS_IN_TICKS,
        snapCount: 100_000,
        commitLogCount: 500,
        observerMasters: shape.observersAt === 'followers',
      },
      linkDelayMs: [shape.linkDelayMs, shape.linkDelayMs],
      clientDelayMs: [CLIENT_DELAY_MS, CLIENT_DELAY_MS],
      writeMs: [WRITE_MS, WRITE_MS],
      flushMs: [FLUSH_MS, FLUSH_MS],
      timerDelayMs: [0, 0],
    },
    false,
  );
  const bench = new Bench(world);
  for (const id of world.ids) world.start(id);
  await bench.untilAllServe();
  const leader = bench.leader;
  const commitMs = await bench.commitMs(leader);
  const followerCommitMs = await bench.commitMs(bench.someFollower);
  const alone = await bench.traffic(() => bench.write(leader, WRITES, 1), WRITES);
  const busy = await bench.traffic(() => bench.write(leader, BUSY_WRITES, IN_FLIGHT), BUSY_WRITES);
  const idle = await bench.traffic(() => world.run(IDLE_MS), IDLE_MS / 1000);
  const electionMs = await bench.electionMs();
  world.close();
  return {
    shape,
    commitMs,
    followerCommitMs,
    electionMs,
    messagesPerCommit: alone.messages,
    bytesPerCommit: alone.bytes,
    busyMessagesPerCommit: busy.messages,
    busyBytesPerCommit: busy.bytes,
    idleMessagesPerSecond: idle.messages,
  };
}

class Bench {
  readonly #world: World;
  readonly #clients = new Map<ServerId, Client>();
  #traffic: Traffic | undefined;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
    world.history.listen((event) => {
      if (event.type === 'packetSent') this.#traffic?.count(event.from, event.packet);
    });
  }

  get leader(): ServerId {
    const leader = this.#world.leader();
    if (leader === undefined) throw new Error('nobody leads');
    return leader;
  }

  get someFollower(): ServerId {
    const follower = this.#world.voters.find((id) => id !== this.leader && this.#world.isUp(id));
    if (follower === undefined) throw new Error('nobody follows');
    return follower;
  }

  untilAllServe(): Promise<void> {
    const serves = (id: ServerId): boolean => this.#world.view(id)?.serving === true;
    return this.#world.runUntil(() => this.#world.ids.every(serves), PATIENCE_MS, 'an ensemble that serves');
  }

  async commitMs(server: ServerId): Promise<Millis> {
    const times: Millis[] = [];
    for (let write = 0; write < WRITES; write++) {
      const began = this.#world.time.now;
      await this.write(server, 1, 1);
      times.push(this.#world.time.now - began);
    }
    return median(times);
  }

  /** So many writes, of which so many are under way at a time. */
  async write(server: ServerId, count: number, inFlight: number): Promise<void> {
    const client = this.#client(server);
    let begun = 0;
    let done = 0;
    const lane = async (): Promise<void> => {
      while (begun < count) {
        begun++;
        await client.create(`/${++this.#count}`, DATA);
        done++;
      }
    };
    const lanes = Promise.all(Array.from({ length: inFlight }, lane));
    await this.#world.runUntil(() => done === count, PATIENCE_MS, `${count} writes`);
    await lanes;
  }

  /** What the leader sends meanwhile, divided. */
  async traffic(work: () => Promise<void>, divisor: number): Promise<{ messages: number; bytes: number }> {
    const traffic = new Traffic(this.leader);
    this.#traffic = traffic;
    await work();
    this.#traffic = undefined;
    return { messages: traffic.messageCount / divisor, bytes: traffic.byteCount / divisor };
  }

  async electionMs(): Promise<Millis> {
    const times: Millis[] = [];
    for (let election = 0; election < ELECTIONS; election++) {
      const { leader } = this;
      const survivor = this.#client(this.someFollower);
      await this.write(this.someFollower, 1, 1);
      const began = this.#world.time.now;
      this.#world.powerLoss(leader, 'nothing');
      await this.#persistentWrite(survivor);
      times.push(this.#world.time.now - began);
      this.#clients.delete(leader);
      this.#world.start(leader);
      await this.untilAllServe();
    }
    return median(times);
  }

  /** Until one is acknowledged. */
  async #persistentWrite(client: Client): Promise<void> {
    let done = false;
    const attempts = (async () => {
      while (!done) {
        try {
          await client.create(`/${++this.#count}`, DATA);
          done = true;
        } catch {
          await this.#world.time.sleep(1);
        }
      }
    })();
    await this.#world.runUntil(() => done, PATIENCE_MS, 'a write after the leader is gone');
    await attempts;
  }

  #client(server: ServerId): Client {
    const known = this.#clients.get(server);
    if (known !== undefined) return known;
    const client = this.#world.client({ name: `beside-${server}`, servers: [server], sessionTimeoutMs: 30_000 });
    this.#clients.set(server, client);
    return client;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
