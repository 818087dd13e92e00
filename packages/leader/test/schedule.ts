// A run of a cluster in which everything that may happen does, in an order drawn from a seed: packets, flushes and reads one at a time; links cut,
// servers crashed and started, time passing, stalls; and bad advice about who should lead. Then the faults end, and progress is demanded.

import { epochOf } from '@zebu/protocol';
import type { DiskMutation } from './fake-disk.ts';
import { Cluster, type ClusterOptions, type Server, type Traced } from './harness.ts';
import { check } from './oracle.ts';
import { SeededRandom } from './random.ts';

export interface ScheduleOptions {
  readonly seed: number;
  readonly mutation?: DiskMutation;
  readonly steps?: number;
}

export interface Outcome {
  readonly committedCount: number;
  readonly establishedCount: number;
  readonly crashCount: number;
  readonly transferCount: number;
  readonly syncPaths: ReadonlySet<string>;
}

/** Throws a Violation, or whatever a core throws, with the seed in its message. */
export function runSchedule(options: ScheduleOptions): Outcome {
  const schedule = new Schedule(options);
  try {
    return schedule.run();
  } catch (error) {
    throw new Error(`seed ${options.seed}: ${String(error)}\n${schedule.recentTrace()}`, { cause: error });
  }
}

class Schedule {
  readonly #random: SeededRandom;
  readonly #cluster: Cluster;
  readonly #steps: number;
  readonly #trace: Traced[] = [];
  readonly #syncPaths = new Set<string>();
  #crashCount = 0;
  #syncCount = 0;
  #transferCount = 0;

  constructor({ seed, mutation = 'none', steps = 400 }: ScheduleOptions) {
    this.#random = new SeededRandom(seed);
    this.#steps = steps;
    const voterCount = this.#random.pick([3, 3, 3, 5]);
    const observerCount = this.#random.below(2);
    const setups = Array.from({ length: voterCount + observerCount }, (_, index) => {
      return { id: index + 1, history: [], accepted: 0, current: 0, observer: index >= voterCount };
    });
    this.#cluster = new Cluster(setups, { ...this.#drawOptions(), mutation });
  }

  run(): Outcome {
    for (let step = 0; step < this.#steps; step++) {
      this.#step();
      this.#cluster.checkMembers();
      this.#checkEpochs();
      this.#keepTrace();
    }
    this.#heal();
    return {
      committedCount: this.#cluster.oracle.ledger.length,
      establishedCount: this.#cluster.oracle.establishedCount,
      crashCount: this.#crashCount,
      transferCount: this.#transferCount,
      syncPaths: this.#syncPaths,
    };
  }

  /** The files never contradict each other, whenever a crash comes (ZOOKEEPER-2307, ZOOKEEPER-2354). */
  #checkEpochs(): void {
    for (const { sid, disk } of this.#servers) {
      const { currentEpoch, acceptedEpoch } = disk;
      check(
        currentEpoch <= acceptedEpoch,
        () => `server ${sid}: currentEpoch ${currentEpoch}, acceptedEpoch ${acceptedEpoch}`,
      );
      check(
        epochOf(disk.lastZxid) <= acceptedEpoch,
        () => `server ${sid}: its log is above acceptedEpoch ${acceptedEpoch}`,
      );
    }
  }

  recentTrace(): string {
    this.#keepTrace();
    return this.#trace
      .slice(-60)
      .map((traced) => this.#cluster.show(traced))
      .join('\n');
  }

  /** Small windows, so that every way to synchronize is taken. */
  #drawOptions(): Partial<ClusterOptions> {
    return {
      windowCount: this.#random.pick([0, 1, 3, 500]),
      maxQueuedBytes: this.#random.pick([200, 1_000_000]),
      // The tree is said to be tiny: DIFF from disk is refused above 8 MiB only, so SNAP comes from purged logs.
      snapshotBytes: 1000,
    };
  }

  #step(): void {
    if (this.#random.chance(0.2)) return this.#disturb();
    const actions = [...this.#cluster.pending()];
    if (actions.length === 0) return this.#advise();
    this.#random.pick(actions)();
  }

  #disturb(): void {
    const dice = this.#random.below(100);
    if (dice < 25) return this.#propose();
    if (dice < 38) return this.#cluster.tick(this.#random.below(120), this.#random.chance(0.1));
    if (dice < 48) return this.#sync();
    if (dice < 68) return this.#advise();
    if (dice < 75) return this.#cut();
    if (dice < 80) return this.#crash(1);
    if (dice < 83) return this.#crash(this.#servers.length);
    if (dice < 85) return this.#purge();
    if (dice < 91) return this.#transfer();
    return this.#startAll(0.5);
  }

  #propose(): void {
    for (const server of this.#servers) {
      if (server.leader === undefined || !server.serving) continue;
      server.propose(1 + this.#random.below(3), this.#random.chance(0.2) ? 300 : undefined);
    }
  }

  #sync(): void {
    const serving = this.#servers.filter((server) => server.serving);
    if (serving.length > 0) this.#random.pick(serving).sync(++this.#syncCount);
  }

  #cut(): void {
    const { links } = this.#cluster;
    if (links.length > 0) this.#cluster.cut(this.#random.pick(links));
  }

  /** The power fails for some, up to `limit` of them. */
  #crash(limit: number): void {
    for (let count = 0; count < limit; count++) {
      const up = this.#servers.filter((server) => server.up);
      if (up.length === 0 || (count > 0 && this.#random.chance(0.3))) return;
      const writing = up.filter((server) => server.disk.busy);
      const victim = this.#random.pick(writing.length > 0 && this.#random.chance(0.7) ? writing : up);
      this.#crashCount++;
      victim.crash(this.#random.below(3));
    }
  }

  #purge(): void {
    const server = this.#random.pick(this.#servers);
    // Only what is committed goes into a snapshot of one's own: of a tree that is served.
    if (server.serving) server.purge();
  }

  /** To anybody, be it possible or not. */
  #transfer(): void {
    for (const server of this.#servers) {
      if (server.leader === undefined) continue;
      const to = this.#random.chance(0.5) ? this.#random.pick(this.#servers).sid : undefined;
      const before = server.leader;
      server.toLeader({ type: 'transfer', to, leaves: this.#random.chance(0.3) });
      if (before.handsOver) this.#transferCount++;
    }
  }

  #startAll(probability: number): void {
    for (const server of this.#servers) if (!server.up && this.#random.chance(probability)) server.start();
  }

  /** An election's advice, sometimes foolish: whoever is idle leads or follows. */
  #advise(): void {
    const idle = this.#servers.filter((server) => server.idle);
    const leading = this.#servers.filter((server) => server.leader !== undefined);
    const voters = idle.filter((server) => !server.observer);
    let leader: Server | undefined =
      leading.length > 0 && this.#random.chance(0.8) ? this.#random.pick(leading) : undefined;
    if (leader === undefined && voters.length > 0) {
      leader = this.#random.chance(0.3) ? this.#random.pick(voters) : best(voters);
      leader.lead();
    }
    if (leader === undefined) return;
    for (const server of idle) if (server !== leader && this.#random.chance(0.8)) server.follow(leader.sid);
  }

  /** No more faults: whatever happened, the servers agree and go on within a few rounds of election. */
  #heal(): void {
    this.#startAll(1);
    for (let round = 0; round < 60; round++) {
      this.#cluster.settle();
      this.#keepTrace();
      const [leader, rival] = this.#servers.filter((server) => server.leader !== undefined);
      if (leader !== undefined && rival === undefined && this.#servers.every((server) => server.serving))
        return this.#demandProgress(leader);
      this.#elect();
      this.#cluster.tick(60);
    }
    check(false, () => 'no leader was established although all servers were up');
  }

  #elect(): void {
    const idle = this.#servers.filter((server) => server.idle);
    let leader = this.#servers.find((server) => server.leader !== undefined);
    if (leader === undefined && idle.some((server) => !server.observer)) {
      leader = best(idle.filter((server) => !server.observer));
      leader.lead();
    }
    if (leader !== undefined) for (const server of idle) if (server !== leader) server.follow(leader.sid);
  }

  #demandProgress(leader: Server): void {
    const [txn] = leader.propose(1);
    for (const server of this.#servers) server.sync(++this.#syncCount);
    this.#cluster.settle();
    const { ledger } = this.#cluster.oracle;
    check(
      txn !== undefined && ledger[ledger.length - 1] === txn,
      () => 'a proposal of a healed cluster is not committed',
    );
    for (const server of this.#servers) {
      check(server.tree.length === ledger.length, () => `server ${server.sid} did not deliver all that was committed`);
      check(server.durable.length === ledger.length, () => `server ${server.sid} did not log all that was committed`);
      check(server.waitingSyncCount === 0, () => `a sync on server ${server.sid} is never answered`);
      check(server.pins.size === 0, () => `server ${server.sid} keeps log files for nobody`);
    }
  }

  get #servers(): Server[] {
    return [...this.#cluster.servers.values()];
  }

  #noteSyncPath(effect: Traced['effect']): void {
    if (effect.type === 'readLog') this.#syncPaths.add('log');
    if (effect.type !== 'send') return;
    for (const { type } of effect.packets)
      if (type === 'DIFF' || type === 'TRUNC' || type === 'SNAP') this.#syncPaths.add(type);
  }

  #keepTrace(): void {
    for (const traced of this.#cluster.takeEffects()) {
      this.#noteSyncPath(traced.effect);
      this.#trace.push(traced);
    }
    if (this.#trace.length > 1000) this.#trace.splice(0, 500);
  }
}

/** The one that fast leader election would choose. */
function best(voters: readonly Server[]): Server {
  const sorted = [...voters].sort((one, other) => {
    const epochs = other.disk.currentEpoch - one.disk.currentEpoch;
    return epochs !== 0 ? epochs : Number(other.disk.lastZxid - one.disk.lastZxid) || other.sid - one.sid;
  });
  return sorted[0] as Server;
}
