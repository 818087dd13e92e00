// Draws a schedule of faults: which kinds are on, how often each, how long, and whom they hit.

import { type Millis, type ServerId, unreachable } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { DamagedFile, Fault, FaultStep, FaultType, Victim } from './fault.ts';

/** How often each kind, against the others; those that are left out never. */
export type FaultMix = ReadonlyMap<FaultType, number>;

export interface FaultPlanOptions {
  readonly mix: FaultMix;
  readonly count: number;
  readonly fromMs: Millis;
  readonly untilMs: Millis;
  readonly ids: readonly ServerId[];
  readonly tickTimeMs: Millis;
  /** Once, all but one go down for so long: until that one is in read-only mode. */
  readonly lonelinessMs?: Millis | undefined;
}

/** Only where seeds are told to: see FEATURES. */
export const TRANSFER_WEIGHT = 8;
const WEIGHTS: readonly (readonly [FaultType, number])[] = [
  ['powerLoss', 5],
  ['kill', 3],
  ['stop', 2],
  ['powerLossOfAll', 2],
  ['pause', 3],
  ['partition', 5],
  ['oneWayLoss', 3],
  ['resetLink', 3],
  ['slowLink', 2],
  ['slowDisk', 2],
  ['failedWrite', 1],
  ['failedFlush', 1],
  ['fullDisk', 1],
  ['lostFile', 1],
  ['flippedBit', 1],
  ['clockJump', 1],
  ['clockDrift', 1],
  ['slowApply', 2],
  ['dropClients', 2],
];
/** What a run without any of these would say little. */
const DISRUPTIVE: ReadonlySet<FaultType> = new Set([
  'powerLoss',
  'kill',
  'stop',
  'powerLossOfAll',
  'pause',
  'partition',
]);

/** Two of three kinds, each at about its weight; at least one that costs a leader its office. */
export function drawFaultMix(random: SeededRandom): FaultMix {
  const mix = new Map<FaultType, number>();
  for (const [type, weight] of WEIGHTS) {
    const [on, factor] = [random.next() < 0.6, random.between(0.3, 2)];
    if (on) mix.set(type, weight * factor);
  }
  const fallback = random.below(DISRUPTIVE.size);
  if (![...mix.keys()].some((type) => DISRUPTIVE.has(type))) mix.set([...DISRUPTIVE][fallback] as FaultType, 5);
  return mix;
}

export function drawFaults(random: SeededRandom, options: FaultPlanOptions): FaultStep[] {
  const { count, fromMs, untilMs } = options;
  const steps: FaultStep[] = [];
  for (let number = 0; number < count; number++) {
    // A stream of its own for each.
    const own = random.fork();
    const at = Math.round(own.between(fromMs, untilMs));
    steps.push({ at, fault: drawFault(drawType(own, options.mix), own, options) });
  }
  const { lonelinessMs } = options;
  if (lonelinessMs !== undefined) steps.push(drawLoneliness(random.fork(), lonelinessMs, options));
  return steps.sort((left, right) => left.at - right.at);
}

function drawLoneliness(random: SeededRandom, downMs: Millis, { ids, fromMs, untilMs }: FaultPlanOptions): FaultStep {
  const alone = ids[random.below(ids.length)];
  const victims = ids.filter((id) => id !== alone).map((id): Victim => ({ type: 'server', id }));
  const at = Math.round(random.between(fromMs, Math.max(fromMs, untilMs - downMs)));
  return { at, fault: { type: 'kill', victims, downMs } };
}

function drawType(random: SeededRandom, mix: FaultMix): FaultType {
  let point = random.next() * [...mix.values()].reduce((sum, weight) => sum + weight, 0);
  let drawn: FaultType = 'powerLoss';
  for (const [type, weight] of mix) {
    drawn = type;
    point -= weight;
    if (point < 0) break;
  }
  return drawn;
}

function drawFault(type: FaultType, random: SeededRandom, { ids, tickTimeMs }: FaultPlanOptions): Fault {
  const victim = (): Victim => drawVictim(random, ids);
  // From a blink to longer than any limit.
  const duration = (): Millis => Math.round(10 ** random.between(1.3, 3.5));
  switch (type) {
    case 'powerLoss':
      return { type, victims: drawVictims(random, ids), downMs: duration(), silent: random.below(2) === 0 };
    case 'kill':
    case 'stop':
      return { type, victims: drawVictims(random, ids), downMs: duration() };
    case 'powerLossOfAll':
      return { type, downMs: duration() };
    case 'partition':
      return { type, victims: drawVictims(random, ids), forMs: duration() };
    case 'pause':
      return { type, victim: victim(), forMs: duration() };
    case 'oneWayLoss':
      return { type, from: victim(), to: victim(), forMs: duration() };
    case 'resetLink':
      return { type, between: [victim(), victim()] };
    case 'slowLink':
      return { type, between: [victim(), victim()], delayMs: 10 ** random.between(0.7, 2.3), forMs: duration() };
    case 'slowDisk':
      return { type, victim: victim(), flushMs: 10 ** random.between(1, 2.7), forMs: duration() };
    case 'failedWrite':
    case 'failedFlush':
      return { type, victim: victim(), code: random.below(2) === 0 ? 'EIO' : 'ENOSPC' };
    case 'fullDisk':
      return { type, victim: victim(), forMs: duration() };
    case 'lostFile':
    case 'flippedBit':
      return { type, victim: victim(), file: drawFile(random), downMs: Math.round(random.between(20, 500)) };
    case 'clockJump':
      return { type, victim: victim(), byMs: Math.round(random.between(-1, 1) * 10 ** random.between(2, 7)) };
    case 'clockDrift':
      return { type, victim: victim(), rate: random.between(0.8, 1.25), forMs: Math.round(random.between(1000, 6000)) };
    case 'slowApply':
      // Below half a tick it is no stall.
      return { type, victim: victim(), delayMs: random.between(2, tickTimeMs / 3), forMs: duration() };
    case 'dropClients':
      return { type, victim: victim() };
    case 'transfer': {
      const asked: Victim = random.below(5) === 0 ? victim() : { type: 'leader' };
      return { type, victim: asked, to: random.below(2) === 0 ? victim() : undefined };
    }
    default:
      return unreachable(type);
  }
}

function drawVictim(random: SeededRandom, ids: readonly ServerId[]): Victim {
  const kind = random.below(5);
  if (kind < 2) return { type: 'leader' };
  if (kind < 4) return { type: 'follower', index: random.below(ids.length) };
  return { type: 'server', id: ids[random.below(ids.length)] as ServerId };
}

/** One, or some: up to all but one. */
function drawVictims(random: SeededRandom, ids: readonly ServerId[]): Victim[] {
  const first = drawVictim(random, ids);
  const count = random.below(3) > 0 ? 0 : random.below(ids.length - 1);
  return [first, ...Array.from({ length: count }, () => drawVictim(random, ids))];
}

function drawFile(random: SeededRandom): DamagedFile {
  const files: readonly DamagedFile[] = [
    'newestLog',
    'newestLog',
    'middleLog',
    'newestSnapshot',
    'acceptedEpoch',
    'currentEpoch',
  ];
  return files[random.below(files.length)] as DamagedFile;
}
