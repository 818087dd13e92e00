import type { SessionId } from '@zebu/protocol';
import { isSessionPassword, SESSION_PASSWORD_BYTES, sessionPassword } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';

// Made by Java: new java.util.Random(id ^ 0XB3415C00L).nextBytes(new byte[16]).
const GOLDEN: readonly (readonly [bigint, string])[] = [
  [0x1n, '054cc74a37327db215e702e20c73f005'],
  [0x100000000000000n, 'f22acd4a97e69d6d20a49bb638eadb38'],
  [0x1000001a2b3c4d5n, '75f7b92fa39dd98d12e9a0f471d573ff'],
  [0xffffffffffffffffn, '20f62cb5648dc2d771471c8a2486a9ee'],
  [0x8000000000000000n, 'f22acd4a97e69d6d20a49bb638eadb38'],
  [0x7fffffffffffffffn, '20f62cb5648dc2d771471c8a2486a9ee'],
  [0xfe01928374650000n, '71b41a59aa8b3d1137ff6777035de9d4'],
  [0x2018f3c0d1e20007n, '25959ad3e95dee1d8a0d517875dbe4fe'],
  [0xb3415c00n, '60b420bb3851d9d47acb933dbe70399b'],
];

describe('the password of a session', () => {
  it.each(GOLDEN)('of %i is what ZooKeeper computes', (id, password) => {
    const bytes = sessionPassword(BigInt.asIntN(64, id) as SessionId);
    expect(Buffer.from(bytes).toString('hex')).toBe(password);
  });

  it('opens its own session alone', () => {
    const id = 0x1000001a2b3c4d5n as SessionId;
    expect(isSessionPassword(id, sessionPassword(id))).toBe(true);
    expect(isSessionPassword((id + 1n) as SessionId, sessionPassword(id))).toBe(false);
  });

  it('is refused when it is missing, short, long or wrong in one bit', () => {
    const id = 0x1000001a2b3c4d5n as SessionId;
    const password = sessionPassword(id);
    expect(isSessionPassword(id, null)).toBe(false);
    expect(isSessionPassword(id, password.subarray(1))).toBe(false);
    expect(isSessionPassword(id, new Uint8Array([...password, 0]))).toBe(false);
    for (let bit = 0; bit < SESSION_PASSWORD_BYTES * 8; bit++) {
      const wrong = password.slice();
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isSessionPassword(id, wrong)).toBe(false);
    }
  });

  it('never opens session 0 (ZooKeeperServer.checkPasswd)', () => {
    expect(isSessionPassword(0n as SessionId, sessionPassword(0n as SessionId))).toBe(false);
  });
});
