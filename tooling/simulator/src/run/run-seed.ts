// One seed: a load under faults, of which nothing may be lost; then calm for a quorum, which must make progress; then calm for all, who must get in
// step; and at last everything is read back.

import type { Logger } from '@zebu/interfaces';
import type { Millis, ServerId } from '@zebu/protocol';
import { allCheckers } from '../checkers/index.ts';
import type { Checker, Violation } from '../checkers/checker.ts';
import { ConfigurationsInUse } from '../faults/configurations-in-use.ts';
import type { FaultStep } from '../faults/fault.ts';
import { FaultDriver } from '../faults/fault-driver.ts';
import { drawFaults } from '../faults/fault-plan.ts';
import { Supervisor } from '../faults/supervisor.ts';
import { TruthfulOracle } from '../faults/truthful-oracle.ts';
import { createWorkload, type Workload } from '../workload/index.ts';
import type { Mutation } from '../world/mutation.ts';
import { SeededRandom } from '../world/seeded-random.ts';
import { createWorld } from '../world/simulated-world.ts';
import type { World } from '../world/world.ts';
import { Operator } from '../reconfiguration/operator.ts';
import type { SeedOutcome } from './outcome.ts';
import { RunStatistics } from './statistics.ts';
import type { SeedShape } from './seed-shape.ts';
import { drawSwarm, type Swarm } from './swarm.ts';

export interface SeedOptions extends SeedShape {
  /** In place of what the seed would draw. */
  readonly faults?: readonly FaultStep[];
  readonly mutation?: Mutation;
  /** Keeps every event for the outcome. Without it they are kept by a second run, if need be: see `replaySeed`. */
  readonly keepHistory?: boolean;
  readonly logger?: Logger;
}

/** From when faults have stopped for a quorum until it has served some writes. */
const PROGRESS_WITHIN_MS: Millis = 12_000;
const WRITES_OF_PROGRESS = 5;
/** From when faults have stopped for all until all are in step; and until all is read back. */
const IN_STEP_WITHIN_MS: Millis = 20_000;
const READ_BACK_WITHIN_MS: Millis = 60_000;
/** Longer than the grace before a server serves without a quorum. */
const LONELINESS_MS: Millis = 4000;
/** A run with less says little. */
const FEWEST_ACKNOWLEDGED = 200;
const FEWEST_FAULTS = 5;
/** Behind a fault, before the faults are over. */
const AFTERMATH_MS: Millis = 500;
const LOAD_WITHIN_MS: Millis = 60_000;
const SHORTEST_RUN_MS: Millis = 15_000;
/** From when faults have stopped for all until nobody changes the ensemble any more, and what was under way is known. */
const SETTLED_WITHIN_MS: Millis = 20_000;
const SETTLING_MS: Millis = 2000;
const [OPERATOR_SALT, ORACLE_SALT] = [0x0be2_a702, 0x00ac_1e50];

export const runSeed = (seed: number, options: SeedOptions = {}): Promise<SeedOutcome> =>
  new SeedRun(seed, options).run();

class SeedRun {
  readonly #seed: number;
  readonly #swarm: Swarm;
  readonly #drawsFaults: boolean;
  #faults: readonly FaultStep[];
  readonly #world: World;
  readonly #configurations: ConfigurationsInUse;
  readonly #supervisor: Supervisor;
  readonly #driver: FaultDriver;
  readonly #statistics: RunStatistics;
  readonly #checkers: readonly Checker[];
  readonly #workload: Workload;
  readonly #random: SeededRandom;
  readonly #operator: Operator | undefined;
  readonly #oracle: TruthfulOracle | undefined;
  readonly #violations: Violation[] = [];

  constructor(seed: number, options: SeedOptions) {
    const { mutation, logger } = options;
    this.#seed = seed;
    this.#swarm = drawSwarm(seed, options);
    this.#world = createWorld(
      { ...this.#swarm.world, ...(mutation && { mutation }), ...(logger && { logger }) },
      options.keepHistory ?? false,
    );
    const world = this.#world;
    this.#drawsFaults = options.faults === undefined;
    this.#faults = options.faults ?? this.#drawFaults();
    this.#random = world.random.fork();
    this.#checkers = allCheckers({
      voters: new Set(world.voters),
      hierarchy: world.ensemble.hierarchy,
      observersKeepLog: this.#swarm.world.settings?.observersKeepLog,
    });
    world.history.listen((event, index) => {
      for (const checker of this.#checkers) checker.onEvent(event, index);
    });
    this.#statistics = new RunStatistics(world);
    this.#supervisor = new Supervisor(world);
    this.#configurations = new ConfigurationsInUse(world);
    this.#driver = new FaultDriver(world, this.#supervisor, this.#configurations);
    this.#workload = createWorkload(world, this.#swarm.workload);
    if (this.#swarm.world.oracle === true)
      this.#oracle = new TruthfulOracle(world, new SeededRandom(seed ^ ORACLE_SALT));
    if (this.#swarm.world.reconfiguration === undefined) return;
    this.#operator = new Operator(world, {
      random: new SeededRandom(seed ^ OPERATOR_SALT),
      supervisor: this.#supervisor,
      configurations: this.#configurations,
    });
  }

  async run(): Promise<SeedOutcome> {
    const onRejection = (error: unknown): void =>
      this.#violate('no-stray-exception', `a promise nobody waits for: ${textOf(error)}`);
    process.on('unhandledRejection', onRejection);
    try {
      await this.#phases();
    } catch (error) {
      this.#violate('no-stray-exception', textOf(error));
    } finally {
      process.off('unhandledRejection', onRejection);
    }
    const outcome = this.#outcome();
    this.#world.close();
    return outcome;
  }

  async #phases(): Promise<void> {
    const world = this.#world;
    world.history.record({ type: 'phase', phase: 'faults' });
    for (const id of world.ids) world.start(id);
    await this.#suffer(this.#faults);
    if (this.#drawsFaults) await this.#sufferMore();
    world.history.record({ type: 'phase', phase: 'calm' });
    if (!(await this.#ensembleSettles()) || !(await this.#quorumMakesProgress())) return;
    this.#driver.endAll();
    this.#supervisor.letGo();
    for (const id of world.ids) this.#supervisor.start(id);
    await world.run(Math.max(1000, SHORTEST_RUN_MS - world.time.now));
    // Where faults left little room, the load gets some more.
    const isEnough = (): boolean => this.#workload.acknowledgedCount >= FEWEST_ACKNOWLEDGED;
    if (!(await this.#demand(isEnough, LOAD_WITHIN_MS, `${FEWEST_ACKNOWLEDGED} operations with success`))) return;
    this.#workload.stop();
    if (!(await this.#getInStep('all servers in step, and no session left'))) return;
    world.history.record({ type: 'phase', phase: 'reading' });
    await this.#readBack();
    await this.#getInStep('all servers in step after reading');
    world.history.record({ type: 'phase', phase: 'over' });
  }

  async #suffer(faults: readonly FaultStep[]): Promise<void> {
    this.#driver.schedule(faults, this.#seed);
    const untilMs = Math.max(this.#swarm.faultsUntilMs, (faults.at(-1)?.at ?? 0) + AFTERMATH_MS);
    await this.#world.run(untilMs - this.#world.time.now);
  }

  /** Where many faults found nobody to hit, some are added that cannot miss. */
  async #sufferMore(): Promise<void> {
    const struckCount = Object.values(this.#driver.counts).reduce((sum, count) => sum + count, 0);
    const more = Array.from({ length: Math.max(0, FEWEST_FAULTS - struckCount) }, (_, index): FaultStep => {
      const at = this.#world.time.now + (index + 1) * AFTERMATH_MS;
      return { at, fault: { type: 'powerLossOfAll', downMs: 100 } };
    });
    if (more.length === 0) return;
    this.#faults = [...this.#faults, ...more];
    await this.#suffer(more);
  }

  /** Which servers progress can be demanded of is known only once nobody changes the ensemble any more: for that, faults end for all. */
  async #ensembleSettles(): Promise<boolean> {
    const operator = this.#operator;
    if (operator === undefined) return true;
    await operator.stop();
    this.#driver.endAll();
    for (const id of this.#world.ids) this.#supervisor.start(id);
    if (!(await this.#demand(() => operator.isIdle, SETTLED_WITHIN_MS, 'no change of the ensemble under way')))
      return false;
    await this.#world.run(SETTLING_MS);
    return true;
  }

  /** Faults end for some quorum of voters and for the observers; the rest stays down or cut off. */
  async #quorumMakesProgress(): Promise<boolean> {
    const world = this.#world;
    const minority = this.#drawMinority();
    this.#driver.endAll();
    for (const id of minority) {
      if (this.#swarm.minority === 'down') {
        world.powerLoss(id);
        this.#supervisor.keepDown(id);
      }
    }
    if (this.#swarm.minority === 'cutOff' && minority.length > 0) this.#driver.cutOff(minority);
    for (const id of world.ids) this.#supervisor.start(id);
    const statistics = this.#statistics;
    const target = statistics.writeCount + WRITES_OF_PROGRESS;
    const rest = this.#configurations.voters.filter((id) => !minority.includes(id));
    return this.#demand(
      () => statistics.writeCount >= target,
      PROGRESS_WITHIN_MS,
      `${WRITES_OF_PROGRESS} writes while no fault hits servers ${rest.join(', ')}`,
    );
  }

  /** Never one without which those who may vote are no quorum. */
  #drawMinority(): ServerId[] {
    const { voters } = this.#configurations;
    if (this.#swarm.minority === 'none') return [];
    if (this.#oracle !== undefined) return this.#drawOneOfTwo(this.#oracle);
    const damaged = voters.filter((id) => this.#supervisor.isDamaged(id));
    const minority: ServerId[] = [];
    const isSpared = (id: ServerId): boolean => !damaged.includes(id) && !minority.includes(id);
    for (;;) {
      const candidates = voters.filter(
        (id) => isSpared(id) && this.#configurations.canDoWithout([...damaged, ...minority, id]),
      );
      if (candidates.length === 0) return minority;
      minority.push(candidates[this.#random.below(candidates.length)] as ServerId);
    }
  }

  /** Who is down, not merely cut off, the other may be let go on without. */
  #drawOneOfTwo(oracle: TruthfulOracle): ServerId[] {
    if (this.#swarm.minority !== 'down') return [];
    const { voters } = this.#world;
    const dispensable = voters.filter((id) => voters.every((other) => other === id || oracle.holdsAll(other)));
    return dispensable.length === 0 ? [] : [dispensable[this.#random.below(dispensable.length)] as ServerId];
  }

  async #readBack(): Promise<void> {
    const { ids } = this.#world;
    let done = false;
    const server = ids[this.#random.below(ids.length)] as ServerId;
    const reading = Promise.all([this.#workload.readBack(server), this.#operator?.readBack()]).then(() => {
      done = true;
    });
    if (await this.#demand(() => done, READ_BACK_WITHIN_MS, 'everything read back')) await reading;
  }

  #getInStep(what: string): Promise<boolean> {
    const world = this.#world;
    const inStep = (): boolean => {
      if (!this.#workload.isIdle) return false;
      const views = world.ids.map((id) => world.view(id));
      return views.every(
        (view) =>
          view?.serving === true &&
          !view.readOnly &&
          view.lastZxid === views[0]?.lastZxid &&
          view.outstandingRequestCount === 0,
      );
    };
    return this.#demand(inStep, IN_STEP_WITHIN_MS, what);
  }

  /** False when it did not come about in time: a violation. */
  async #demand(condition: () => boolean, withinMs: Millis, what: string): Promise<boolean> {
    const reached = await this.#world.time.passUntil(condition, withinMs);
    if (!reached) this.#violate('progress', `${what}: not within ${withinMs / 1000} s; ${this.#describeServers()}`);
    return reached;
  }

  #describeServers(): string {
    return this.#world.ids
      .map((id) => {
        const view = this.#world.view(id);
        return view === undefined
          ? `${id} down`
          : `${id} ${view.state} ${view.zabState} epoch ${view.epoch} zxid ${view.lastZxid.toString(16)}`;
      })
      .join(', ');
  }

  #drawFaults(): FaultStep[] {
    const { mix, faultCount, faultsFromMs, faultsUntilMs, world } = this.#swarm;
    return drawFaults(new SeededRandom(this.#seed ^ 0x5eed_fa17), {
      mix,
      count: faultCount,
      fromMs: faultsFromMs,
      untilMs: faultsUntilMs - AFTERMATH_MS,
      ids: this.#world.ids,
      tickTimeMs: world.settings?.tickTimeMs ?? 200,
      lonelinessMs: world.settings?.readOnlyMode === true ? LONELINESS_MS : undefined,
    });
  }

  #violate(checker: string, message: string, servers: readonly ServerId[] = []): void {
    const { time, history } = this.#world;
    this.#violations.push({ checker, at: time.now, eventIndex: history.count, message, servers });
  }

  #outcome(): SeedOutcome {
    const { time, history, voters, observers } = this.#world;
    const { syncPathCounts, electionCount, longestUnavailabilityMs } = this.#statistics;
    for (const checker of this.#checkers) checker.atEnd(time.now, history.count);
    for (const { server, what } of this.#supervisor.unexplained)
      this.#violate('no-unexplained-end', `server ${server} ${what}`, [server]);
    const violations = [...this.#checkers.flatMap((checker) => checker.violations), ...this.#violations];
    return {
      seed: this.#seed,
      voterCount: voters.length,
      observerCount: observers.length,
      traceHash: history.traceHash(),
      violations: violations.sort((left, right) => left.eventIndex - right.eventIndex),
      statistics: {
        simulatedMs: time.now,
        operationCount: this.#workload.operationCount,
        acknowledgedCount: this.#workload.acknowledgedCount,
        faultCounts: this.#driver.counts,
        electionCount,
        syncPathCounts,
        longestUnavailabilityMs,
        changeCount: this.#configurations.changeCount,
        grantCount: this.#oracle?.grantCount ?? 0,
      },
      faults: this.#faults,
      history: history.events,
    };
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
