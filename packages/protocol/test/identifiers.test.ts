import type { Epoch, SessionId, Zxid } from '@zebu/protocol';
import { counterOf, epochOf, formatSessionId, formatZxid, MAX_COUNTER, makeZxid, NO_ZXID } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

fc.configureGlobal({ seed: 23 });

const uint32 = fc.nat(0xffff_ffff);

describe('a zxid', () => {
  it('is an epoch over a counter, both unsigned', () => {
    fc.assert(
      fc.property(uint32, uint32, (epoch, counter) => {
        const zxid = makeZxid(epoch as Epoch, counter);
        expect([epochOf(zxid), counterOf(zxid)]).toEqual([epoch, counter]);
      }),
    );
  });

  it('orders by epoch, then by counter', () => {
    const pair = fc.tuple(uint32, uint32);
    fc.assert(
      fc.property(pair, pair, ([epochA, counterA], [epochB, counterB]) => {
        const below = makeZxid(epochA as Epoch, counterA) < makeZxid(epochB as Epoch, counterB);
        expect(below).toBe(epochA < epochB || (epochA === epochB && counterA < counterB));
      }),
    );
  });

  it('is printed in hex, as ZooKeeper does', () => {
    expect(formatZxid(makeZxid(1 as Epoch, 5))).toBe('0x100000005');
    expect(formatZxid(0n as Zxid)).toBe('0x0');
    expect(formatZxid(NO_ZXID)).toBe('0xffffffffffffffff');
    expect(counterOf(makeZxid(7 as Epoch, MAX_COUNTER))).toBe(0xffff_ffff);
  });
});

describe('a session id', () => {
  it('is printed in unsigned hex, as ZooKeeper does', () => {
    expect(formatSessionId(-0x7fff_5e4d_3c2b_ffffn as SessionId)).toBe('0x8000a1b2c3d40001');
  });
});
