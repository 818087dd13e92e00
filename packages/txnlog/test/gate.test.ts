import { expect, it } from 'vitest';
import { Gate } from '../src/gate.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** Starts work of these kinds in this order and says which of it runs, each time one has ended. */
async function trace(kinds: readonly ('shared' | 'exclusive')[], endings: readonly number[]): Promise<string[]> {
  const gate = new Gate();
  const running = new Set<number>();
  const ends = new Map<number, () => void>();
  for (const [index, kind] of kinds.entries()) {
    void gate[kind](async () => {
      running.add(index);
      await new Promise<void>((resolve) => ends.set(index, resolve));
      running.delete(index);
    });
  }
  const seen: string[] = [];
  for (const ending of [undefined, ...endings]) {
    if (ending !== undefined) ends.get(ending)?.();
    await turns();
    seen.push([...running].sort((left, right) => left - right).join(' '));
  }
  return seen;
}

it('shared work overlaps', async () => {
  expect(await trace(['shared', 'shared', 'shared'], [1])).toEqual(['0 1 2', '0 2']);
});

it('exclusive work is alone, and goes in order', async () => {
  expect(await trace(['exclusive', 'exclusive', 'shared'], [0, 1])).toEqual(['0', '1', '2']);
});

it('shared work that comes later does not overtake exclusive work that waits', async () => {
  expect(await trace(['shared', 'exclusive', 'shared', 'shared'], [0, 1])).toEqual(['0', '1', '2 3']);
});

it('work that fails lets the next in', async () => {
  const gate = new Gate();
  await expect(gate.exclusive(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await gate.shared(() => Promise.resolve('in'))).toBe('in');
});
