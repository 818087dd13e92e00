import type { ServerId } from '@zebu/protocol';
import { SessionIdGenerator } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';

// Made by Java with the arithmetic of SessionTrackerImpl.initializeNextSessionId: server id, milliseconds, first id.
const GOLDEN: readonly (readonly [number, number, bigint])[] = [
  [1, 0, 72057594037927936n],
  [128, 0, -9223372036854775807n], // Long.MIN_VALUE would be a container's owner
  [255, 0, -72057594037927936n],
  [0, 1, 65536n],
  [254, 1, -144115188075790336n],
  [0, 1732320000000, 41471729482072064n],
  [1, 1732320000000, 113529323520000000n],
  [3, 1732320000001, 257644511595921408n],
  [127, 1099511627775, 9223372036854710272n],
  [200, 1099511627775, -3963167672086102016n],
  [3, 1099511627776, 216172782113783808n],
  [254, 4102444800000, -91430147776839680n],
];

const generator = (serverId: number, wallClockMs: number) => new SessionIdGenerator(serverId as ServerId, wallClockMs);

describe('SessionIdGenerator', () => {
  it.each(GOLDEN)('of server %i started at %i begins where ZooKeeper does', (serverId, wallClockMs, first) => {
    expect(generator(serverId, wallClockMs).next()).toBe(first);
  });

  it('counts up by one', () => {
    const ids = generator(1, 1732320000000);
    const first = ids.next();
    expect([ids.next(), ids.next()]).toEqual([first + 1n, first + 2n]);
  });

  it('never gives 0, which asks for a new session', () => {
    expect(generator(0, 0).next()).toBe(1n);
  });

  it('keeps the server id in the top byte', () => {
    for (let serverId = 0; serverId < 256; serverId++) {
      const id = BigInt.asUintN(64, generator(serverId, 1732320000000).next());
      expect(Number(id >> 56n)).toBe(serverId);
    }
  });
});
