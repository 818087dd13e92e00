import type { Epoch, TxnBytes, Zxid } from '@zebu/protocol';
import {
  firstTxnAfter,
  makeZxid,
  NO_ZXID,
  TXN_HEADER_BYTES,
  totalBytes,
  txnAtMost,
  txnCounter,
  txnEpoch,
  txnZxid,
} from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

fc.configureGlobal({ seed: 24 });

/** As TxnHeader is laid out: clientId long, cxid int, zxid long, time long, type int. */
function txnOf(epoch: number, counter: number): TxnBytes {
  const bytes = new Uint8Array(TXN_HEADER_BYTES).fill(0xee);
  const data = new DataView(bytes.buffer);
  data.setUint32(12, epoch);
  data.setUint32(16, counter);
  return bytes;
}

const uint32 = fc.oneof(fc.nat(3), fc.nat(0xffff_ffff), fc.constant(0xffff_ffff));
const zxidParts = fc.tuple(uint32, uint32);

describe('the header of a txn', () => {
  it('gives its zxid in place, also with the top bits set', () => {
    fc.assert(
      fc.property(zxidParts, ([epoch, counter]) => {
        const txn = txnOf(epoch, counter);
        expect([txnEpoch(txn), txnCounter(txn)]).toEqual([epoch, counter]);
        expect(txnZxid(txn)).toBe(makeZxid(epoch as Epoch, counter));
      }),
    );
  });

  it('compares as its zxid does', () => {
    fc.assert(
      fc.property(zxidParts, zxidParts, ([epochA, counterA], [epochB, counterB]) => {
        const expected = makeZxid(epochA as Epoch, counterA) <= makeZxid(epochB as Epoch, counterB);
        expect(txnAtMost(txnOf(epochA, counterA), epochB, counterB)).toBe(expected);
      }),
    );
  });

  it('is read from a view that does not start its buffer', () => {
    const padded = new Uint8Array(TXN_HEADER_BYTES + 5);
    padded.set(txnOf(2, 9), 5);
    expect(txnZxid(padded.subarray(5))).toBe(0x2_0000_0009n);
  });
});

describe('firstTxnAfter', () => {
  it('finds what a walk from the start finds', () => {
    fc.assert(
      fc.property(fc.array(zxidParts, { maxLength: 20 }), zxidParts, (parts, [epoch, counter]) => {
        const zxids = [...new Set(parts.map((part) => makeZxid(part[0] as Epoch, part[1])))].sort((a, b) =>
          a < b ? -1 : 1,
        );
        const txns = zxids.map((zxid) => txnOf(Number(zxid >> 32n), Number(zxid & 0xffff_ffffn)));
        const wanted = makeZxid(epoch as Epoch, counter);
        const walked = zxids.findIndex((zxid) => zxid > wanted);
        expect(firstTxnAfter(txns, wanted)).toBe(walked === -1 ? txns.length : walked);
      }),
      { numRuns: 500 },
    );
  });

  it('takes every txn as after no zxid at all', () => {
    expect(firstTxnAfter([txnOf(0, 1)], NO_ZXID)).toBe(0);
    expect(firstTxnAfter([], 0n as Zxid)).toBe(0);
  });
});

describe('totalBytes', () => {
  it('adds up', () => {
    expect(totalBytes([])).toBe(0);
    expect(totalBytes([txnOf(1, 1), new Uint8Array(3)])).toBe(TXN_HEADER_BYTES + 3);
  });
});
