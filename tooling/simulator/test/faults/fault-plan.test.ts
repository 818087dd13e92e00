import type { ServerId } from '@zebu/protocol';
import { expect, it } from 'vitest';
import { describeStep } from '../../src/faults/describe-fault.ts';
import type { FaultType } from '../../src/faults/fault.ts';
import { drawFaultMix, drawFaults } from '../../src/faults/fault-plan.ts';
import { SeededRandom } from '../../src/world/seeded-random.ts';

const planOf = (seed: number) => {
  const random = new SeededRandom(seed);
  return drawFaults(random, {
    mix: drawFaultMix(random),
    count: 12,
    fromMs: 800,
    untilMs: 12_500,
    ids: [1, 2, 3] as ServerId[],
    tickTimeMs: 200,
  });
};

it('draws every kind of fault, in the order of time, within the time', () => {
  const kinds = new Set<FaultType>();
  for (let seed = 1; seed <= 200; seed++) {
    const steps = planOf(seed);
    expect(steps.length).toBe(12);
    expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted((left, right) => left - right));
    for (const { at, fault } of steps) {
      expect(at).toBeGreaterThanOrEqual(800);
      expect(at).toBeLessThanOrEqual(12_500);
      kinds.add(fault.type);
    }
  }
  expect(kinds.size).toBe(19);
});

it('leaves some kinds out of each seed', () => {
  const sizes = Array.from({ length: 50 }, (_, seed) => drawFaultMix(new SeededRandom(seed)).size);
  expect(Math.max(...sizes)).toBeLessThan(19);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});

it('says each fault in words, with its time', () => {
  for (let seed = 1; seed <= 200; seed++)
    for (const step of planOf(seed))
      expect(describeStep(step)).toMatch(/^\d+\.\d{3} s {2}.*(server|leader|follower|all)/);
});
