// What a seed is made of: which servers, settings, networks, disks, load and faults. Swarm testing: what is off in one seed lets the rest go further.

import type { Millis, ServerId } from '@zebu/protocol';
import { unwiseElection } from '../faults/unwise-election.ts';
import { drawFaultMix, type FaultMix, TRANSFER_WEIGHT } from '../faults/fault-plan.ts';
import { drawWorkload, type WorkloadOptions } from '../workload/index.ts';
import { electionOfSeed } from './election-choice.ts';
import { SeededRandom } from '../world/seeded-random.ts';
import type { DelayRange, WorldOptions } from '../world/world.ts';
import { drawHierarchy } from './draw-weights.ts';
import type { SeedShape } from './seed-shape.ts';

export interface Swarm {
  readonly world: WorldOptions;
  readonly workload: WorkloadOptions;
  readonly mix: FaultMix;
  readonly faultCount: number;
  readonly faultsFromMs: Millis;
  readonly faultsUntilMs: Millis;
  /** What becomes of a minority when progress is demanded of the rest. */
  readonly minority: 'none' | 'down' | 'cutOff';
}

const TICK_MS = 200;
/** When no new faults come, and from when on elections are honest: a lie may take a while to be forgotten. */
const [FAULTS_UNTIL_MS, HONEST_FROM_MS] = [13_000, 11_000];
const LEISURE = 15;
/** What a feature draws, it draws from the seed and this. */
const [WEIGHTS_SALT, RECONFIGURATION_SALT, ROLLOVER_SALT] = [0x3e1_6475, 0x2ec0_f169, 0x2011_07e2];

export function drawSwarm(seed: number, shape: SeedShape = {}): Swarm {
  const random = new SeededRandom(seed);
  const [servers, settings, delays, load, faults, elections] = [1, 2, 3, 4, 5, 6].map(() => random.fork()) as [
    SeededRandom,
    SeededRandom,
    SeededRandom,
    SeededRandom,
    SeededRandom,
    SeededRandom,
  ];
  const drawnVoterCount = pick(servers, [3, 3, 3, 3, 3, 3, 5, 5, 5, 5, 4, 7]);
  const observerCount = pick(servers, [0, 0, 0, 0, 0, 1, 1, 2]);
  const drawn = drawSettings(settings);
  const voterCount = shape.oracle === true ? 2 : (shape.voterCount ?? drawnVoterCount);
  return {
    world: {
      seed,
      voterCount,
      observerCount: shape.observerCount ?? (isAboutObservers(shape) ? 1 + 2 * observerCount : observerCount),
      settings: {
        ...drawn,
        observerMasters: shape.masters === true,
        observersKeepLog: shape.unlogged !== true,
        ...(shape.rollover === true && { lastCounter: drawLastCounter(seed) }),
      },
      ...drawDelays(delays),
      createElection: electionOfSeed(shape.election ?? 'fle', seed, HONEST_FROM_MS),
      ...drawElections(elections),
      ...(shape.oracle && { oracle: true }),
      ...(shape.weights && { hierarchy: drawWeights(seed, voterCount) }),
      ...(shape.reconfigure && { reconfiguration: drawReconfiguration(seed) }),
    },
    workload: { ...atLeisure(drawWorkload(load)), browses: drawn.readOnlyMode === true },
    mix: withTransfers(drawFaultMix(faults), shape),
    faultCount: 11 + faults.below(7),
    faultsFromMs: 800,
    faultsUntilMs: FAULTS_UNTIL_MS,
    minority: pick(faults, ['none', 'none', 'down', 'cutOff']),
  };
}

const isAboutObservers = ({ masters, unlogged }: SeedShape): boolean => masters === true || unlogged === true;

function drawWeights(seed: number, voterCount: number): NonNullable<WorldOptions['hierarchy']> {
  const voters = Array.from({ length: voterCount }, (_, index) => (index + 1) as ServerId);
  return drawHierarchy(new SeededRandom(seed ^ WEIGHTS_SALT), voters);
}

/** Of an epoch: from so few that a step's requests do not fit, to as many as a seed writes in a while. */
const drawLastCounter = (seed: number): number =>
  Math.round(10 ** new SeededRandom(seed ^ ROLLOVER_SALT).between(0.6, 2.3));

const withTransfers = (mix: FaultMix, { transfers }: SeedShape): FaultMix =>
  transfers === true ? new Map([...mix, ['transfer', TRANSFER_WEIGHT]]) : mix;

function drawReconfiguration(seed: number): NonNullable<WorldOptions['reconfiguration']> {
  const random = new SeededRandom(seed ^ RECONFIGURATION_SALT);
  return { spareCount: 1 + random.below(3), standaloneEnabled: random.below(4) > 0 };
}

/** Small logs and few snapshots, so that every way of bringing a learner in sync is taken. */
function drawSettings(random: SeededRandom): NonNullable<WorldOptions['settings']> {
  const localSessions = random.below(4) === 0;
  // Whoever is content with reads needs a local session where there is no quorum.
  const readOnlyMode = localSessions && random.below(2) === 0;
  return {
    tickTimeMs: TICK_MS,
    initLimit: 10,
    syncLimit: pick(random, [3, 4, 5]),
    snapCount: pick(random, [10, 20, 40, 100]),
    commitLogCount: pick(random, [3, 8, 20, 60]),
    snapRetainCount: pick(random, [1, 3, 3, undefined]),
    snapshotSizeFactor: pick(random, [0.1, 0.33, 2, -1]),
    localSessions,
    readOnlyMode,
    appliedAtOnceCount: pick(random, [512, 512, 0, 1]),
  };
}

/** In some seeds the election module is not to be trusted. */
function drawElections(random: SeededRandom): Pick<WorldOptions, 'mutation'> {
  if (random.below(6) > 0) return {};
  return { mutation: { election: (election) => unwiseElection(election, random.fork(), HONEST_FROM_MS) } };
}

function drawDelays(random: SeededRandom): {
  readonly linkDelayMs: DelayRange;
  readonly clientDelayMs: DelayRange;
  readonly writeMs: DelayRange;
  readonly flushMs: DelayRange;
  readonly timerDelayMs: DelayRange;
} {
  return {
    linkDelayMs: pick(random, [
      [0.05, 1],
      [0.05, 5],
      [1, 3],
      [0.05, 25],
    ]),
    clientDelayMs: pick(random, [
      [0.05, 1],
      [0.5, 10],
    ]),
    writeMs: pick(random, [
      [0.01, 0.1],
      [0.01, 2],
    ]),
    flushMs: pick(random, [
      [0.1, 1],
      [0.2, 8],
      [1, 30],
    ]),
    timerDelayMs: pick(random, [
      [0, 0.5],
      [0, 5],
    ]),
  };
}

/** Several hundred operations say as much as thousands, and leave time for more seeds. */
const atLeisure = (options: WorkloadOptions): WorkloadOptions => ({
  ...options,
  pauseMs: [options.pauseMs[0], LEISURE * options.pauseMs[1]],
});

const pick = <Value>(random: SeededRandom, values: readonly Value[]): Value =>
  values[random.below(values.length)] as Value;
