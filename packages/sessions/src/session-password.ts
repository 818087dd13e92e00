// A session's password is a function of its id (ZooKeeperServer.generatePasswd), so it is the same on every server and
// survives moves, restarts and the migration from ZooKeeper.

import type { SessionId } from '@zebu/protocol';

export const SESSION_PASSWORD_BYTES = 16;

const SUPER_SECRET = 0xb341_5c00n;

/** 16 bytes of java.util.Random seeded with the id and ZooKeeper's secret. */
export function sessionPassword(sessionId: SessionId): Uint8Array {
  const password = new Uint8Array(SESSION_PASSWORD_BYTES);
  let state = scrambledSeed(sessionId ^ SUPER_SECRET);
  for (let i = 0; i < SESSION_PASSWORD_BYTES; i += 4) {
    state = nextState(state);
    let word = Number(state >> 16n);
    for (let j = i; j < i + 4; j++) {
      // Random.nextBytes takes the lowest byte of each int first.
      password[j] = word & 0xff;
      word >>>= 8;
    }
  }
  return password;
}

/** ZooKeeperServer.checkPasswd. Always compares all bytes. */
export function isSessionPassword(sessionId: SessionId, password: Uint8Array | null): boolean {
  if (sessionId === 0n || password?.length !== SESSION_PASSWORD_BYTES) return false;
  const expected = sessionPassword(sessionId);
  let difference = 0;
  for (let i = 0; i < SESSION_PASSWORD_BYTES; i++) difference |= (expected[i] as number) ^ (password[i] as number);
  return difference === 0;
}

// java.util.Random: a linear congruential generator of 48 bits.
const MULTIPLIER = 0x5_deec_e66dn;
const INCREMENT = 0xbn;

const scrambledSeed = (seed: bigint): bigint => BigInt.asUintN(48, seed ^ MULTIPLIER);
const nextState = (state: bigint): bigint => BigInt.asUintN(48, state * MULTIPLIER + INCREMENT);
