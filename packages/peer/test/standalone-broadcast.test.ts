import type { FlushToken } from '@zebu/interfaces';
import { type Epoch, InvariantError, makeZxid, type TxnBytes, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { StandaloneBroadcast } from '../src/standalone-broadcast.ts';

function txn(zxid: Zxid): TxnBytes {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setBigInt64(12, zxid);
  return bytes;
}

const zxid = (epoch: number, counter: number): Zxid => makeZxid(epoch as Epoch, counter);
const token = (n: number): FlushToken => n as FlushToken;

describe('StandaloneBroadcast', () => {
  it('commits what is flushed, in order', () => {
    const broadcast = new StandaloneBroadcast(zxid(0, 4));
    const [first, second, third] = [txn(zxid(0, 5)), txn(zxid(0, 6)), txn(zxid(0, 7))];
    broadcast.propose([first, second], token(1));
    broadcast.propose([third], token(2));
    expect(broadcast.flushed(token(1))).toEqual([first, second]);
    expect(broadcast.flushed(token(1))).toEqual([]);
    expect(broadcast.flushed(token(2))).toEqual([third]);
  });

  it('lets one flush speak for all before it', () => {
    const broadcast = new StandaloneBroadcast(zxid(0, 0));
    broadcast.propose([txn(zxid(0, 1))], token(1));
    broadcast.propose([txn(zxid(0, 2))], token(2));
    expect(broadcast.flushed(token(2))).toHaveLength(2);
  });

  it('refuses a gap', () => {
    expect(() => new StandaloneBroadcast(zxid(0, 1)).propose([txn(zxid(0, 3))], token(1))).toThrow(InvariantError);
  });

  it('begins the next epoch when the counter is used up', () => {
    expect(StandaloneBroadcast.successor(zxid(2, 0xffff_ffff))).toBe(zxid(3, 1));
  });
});
