// Ensembles that change while servers crash and networks part, at random from a seed. What holds whatever happens: a write that was answered is
// never lost, an epoch has one established leader, and every server ends with the same tree and the same configuration.

import { ErrorCode, type ServerId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { ensembleOf, FakeEnsemble, linesOf, type Server, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const IDS = [1, 2, 3, 4, 5, 6];
const FIRST = [1, 2, 3];
const SEED_COUNT = 10;
const STEP_COUNT = 30;

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0 || 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state % bound;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

class Schedule {
  readonly #random: Random;
  readonly #ensemble = new FakeEnsemble({
    voters: 3,
    snapCount: 30,
    commitLogCount: 5,
    prep: { reconfigEnabled: true, skipAcl: true },
  });
  readonly #clients: { readonly client: TestClient; readonly xid: number; readonly path: string }[] = [];
  readonly #answered = new Set<string>();
  readonly #leaders = new Map<number, ServerId>();
  #writeCount = 0;
  #checkedAt = 0;
  reconfigCount = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    for (const id of IDS.filter((other) => !FIRST.includes(other)))
      this.#ensemble.add(id, ensembleOf([...FIRST, id], [id]));
    this.#ensemble.start();
    this.#pass(10);
  }

  run(): void {
    for (let step = 0; step < STEP_COUNT; step++) {
      this.#step();
      this.#pass(1 + this.#random.below(6));
    }
    this.#finish();
  }

  #step(): void {
    const ensemble = this.#ensemble;
    const id = this.#random.pick(IDS);
    const server = ensemble.server(id);
    switch (this.#random.below(10)) {
      case 0:
        if (server.peer !== undefined) ensemble.crash(id);
        return;
      case 1:
      case 2:
        for (const down of IDS) if (ensemble.server(down).peer === undefined) return ensemble.start(down);
        return;
      case 3:
        return this.#part();
      case 4:
        return ensemble.heal();
      case 5:
      case 6:
        return this.#reconfigure(server);
      default:
        for (let count = 0; count < 3; count++) this.#write(server);
    }
  }

  /** In two; who is on which side is chance. */
  #part(): void {
    const left = IDS.filter(() => this.#random.below(2) === 0);
    for (const id of left) for (const other of IDS) if (!left.includes(other)) this.#ensemble.cut(id, other);
  }

  #write(server: Server): void {
    if (server.peer?.serving !== true) return;
    const client = this.#connect(server);
    const path = `/n${++this.#writeCount}`;
    if (client !== undefined) this.#clients.push({ client, xid: client.create(path), path });
  }

  #reconfigure(server: Server): void {
    if (server.peer?.serving !== true) return;
    const voters = IDS.filter(() => this.#random.below(2) === 0);
    const observers = IDS.filter((id) => !voters.includes(id) && this.#random.below(3) === 0);
    const client = this.#connect(server);
    if (client === undefined || voters.length < 2) return;
    const members = linesOf(
      [...voters, ...observers].sort((one, other) => one - other),
      observers,
    ).join();
    this.#clients.push({ client, xid: client.reconfig({ members }), path: '' });
  }

  #connect(server: Server): TestClient | undefined {
    const client = new TestClient(this.#ensemble, server.id);
    try {
      return client.connect() ? client : undefined;
    } catch {
      return undefined;
    }
  }

  #pass(ticks: number): void {
    this.#ensemble.run({ until: () => this.#check(), limitMs: ticks * TICK_MS, mayRunOut: true });
  }

  /** At each moment; a leader stays one for longer. */
  #check(): boolean {
    if (this.#checkedAt === this.#ensemble.now) return false;
    this.#checkedAt = this.#ensemble.now;
    for (const { id, peer } of this.#ensemble.servers.values()) {
      const view = peer?.view();
      if (view?.state !== 'LEADING' || view.zabState !== 'BROADCAST') continue;
      const known = this.#leaders.get(view.epoch) ?? id;
      expect(known, `leader of epoch ${view.epoch}`).toBe(id);
      this.#leaders.set(view.epoch, id);
    }
    return false;
  }

  #collect(): void {
    for (const { client, xid, path } of this.#clients) {
      if (client.reply(xid)?.error !== ErrorCode.OK) continue;
      if (path === '') this.reconfigCount++;
      else this.#answered.add(path);
    }
  }

  /** All come back and reach each other: there is a leader, and it has everything that was answered. */
  #finish(): void {
    const ensemble = this.#ensemble;
    ensemble.heal();
    for (const id of IDS) if (ensemble.server(id).peer === undefined) ensemble.start(id);
    this.#pass(80);
    this.#collect();
    const leader = ensemble.leader();
    expect(leader, 'a leader').toBeDefined();
    const reader = this.#connect(leader as Server);
    expect(reader, 'a client of the leader').toBeDefined();
    const sync = (reader as TestClient).sync();
    (reader as TestClient).await(sync);
    for (const path of this.#answered) {
      const { error } = (reader as TestClient).await((reader as TestClient).getData(path));
      expect(error, `${path} of ${[...this.#answered].join(' ')}`).toBe(ErrorCode.OK);
    }
    const configured = leader?.disk.configuration;
    const members = IDS.filter((id) => configured?.servers.has(id as ServerId));
    const views = members.map((id) => ensemble.peer(id).view());
    expect(new Set(views.map(({ treeDigest }) => treeDigest)).size, 'digests').toBe(1);
    expect(new Set(members.map((id) => ensemble.server(id).disk.configuration?.version)).size, 'versions').toBe(1);
  }
}

describe('random schedules with reconfigurations', () => {
  const seeds = Array.from({ length: SEED_COUNT }, (_, index) => index + 1);
  let reconfigCount = 0;

  it.each(seeds)('seed %i', (seed) => {
    const schedule = new Schedule(seed);
    schedule.run();
    reconfigCount += schedule.reconfigCount;
  });

  it('have changed the ensemble many times', () => {
    expect(reconfigCount).toBeGreaterThan(SEED_COUNT);
  });
});
