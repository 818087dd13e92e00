import { describe, expect, it } from 'vitest';
import { inHashSetOrder } from '../src/java-set-order.ts';
import { PrepSetup } from './support/prep-setup.ts';
import * as wire from './support/wire.ts';

/** What ZooKeeper 3.9.5 told a client of another's ephemeral znodes when their session closed; they were created by number. */
const TOLD: readonly (readonly string[])[] = [
  ['/e-1-lock-0'],
  ['/e-2-a-1', '/e-2-lock-0'],
  ['/e-3-ü-0', '/e-3-a-2', '/e-3-zz-1'],
  ['/e-5-zz-0', '/e-5-a-1', '/e-5-ü-3', '/e-5-lock-2', '/e-5-zz-4'],
  [
    '/e-12-lock-0',
    '/e-12-a-4',
    '/e-12-ü-6',
    '/e-12-zz-8',
    '/e-12-a-9',
    '/e-12-zz-11',
    '/e-12-zz-7',
    '/e-12-ü-2',
    '/e-12-zz-5',
    '/e-12-a-10',
    '/e-12-zz-3',
    '/e-12-zz-1',
  ],
  [
    '/e-13-zz-5',
    '/e-13-lock-3',
    '/e-13-zz-6',
    '/e-13-lock-10',
    '/e-13-lock-4',
    '/e-13-zz-7',
    '/e-13-zz-8',
    '/e-13-lock-12',
    '/e-13-zz-1',
    '/e-13-zz-2',
    '/e-13-zz-0',
    '/e-13-a-11',
    '/e-13-ü-9',
  ],
  [
    '/e-24-lock-14',
    '/e-24-ü-0',
    '/e-24-lock-11',
    '/e-24-lock-12',
    '/e-24-zz-18',
    '/e-24-lock-10',
    '/e-24-ü-23',
    '/e-24-lock-8',
    '/e-24-lock-6',
    '/e-24-a-19',
    '/e-24-zz-15',
    '/e-24-lock-5',
    '/e-24-zz-2',
    '/e-24-zz-1',
    '/e-24-lock-3',
    '/e-24-a-4',
    '/e-24-a-7',
    '/e-24-lock-22',
    '/e-24-a-21',
    '/e-24-ü-13',
    '/e-24-lock-20',
    '/e-24-ü-17',
    '/e-24-ü-16',
    '/e-24-a-9',
  ],
];

const numberOf = (path: string): number => Number(path.slice(path.lastIndexOf('-') + 1));
const asCreated = (paths: readonly string[]): string[] => paths.toSorted((a, b) => numberOf(a) - numberOf(b));

describe('the end of a session deletes in the order of ZooKeeper', () => {
  it.each(TOLD.map((told) => [told.length, told] as const))('%i znodes', (_, told) => {
    expect(inHashSetOrder(asCreated(told))).toEqual(told);
  });

  it('of none there is none', () => {
    expect(inHashSetOrder([])).toEqual([]);
  });

  it('also where some are not applied yet', () => {
    const told = TOLD.find(({ length }) => length === 13) as string[];
    const setup = new PrepSetup();
    const creations = asCreated(told).map((path) => wire.create(path, { flags: 1 }));
    setup.do(...creations.slice(0, 7));
    setup.prepare(creations.slice(7));
    expect(setup.txn(wire.closeSession())).toEqual({ type: 'closeSession', paths: told });
  });
});
