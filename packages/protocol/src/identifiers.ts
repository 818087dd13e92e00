// The identifiers of Zab and ZooKeeper, branded so that they cannot be swapped.

/** Epoch in the high 32 bits, counter in the low 32. -1n means "no history that may be voted for" (db.autocreate=false). */
export type Zxid = bigint & { readonly brand: 'Zxid' };
/** A leader's term: an unsigned 32-bit integer, or -1 where it must not be counted (ACKEPOCH). */
export type Epoch = number & { readonly brand: 'Epoch' };
/** `myid`: a non-negative integer; 0..255 fit in the top byte of a session id. */
export type ServerId = number & { readonly brand: 'ServerId' };
/** 64 bits, signed as in ZooKeeper; the creating server's id is in the top byte. */
export type SessionId = bigint & { readonly brand: 'SessionId' };
/** A point or length of monotonic time in milliseconds. */
export type Millis = number;
/** Wall-clock time in milliseconds since 1970, as in Stat and TxnHeader. */
export type WallClockMs = number;

/** Epochs and counters are unsigned 32-bit integers; the greatest epoch has no successor. */
export const MAX_EPOCH = 0xffff_ffff as Epoch;
export const MAX_COUNTER = 0xffff_ffff;
export const NO_ZXID = -1n as Zxid;
export const ZERO_ZXID = 0n as Zxid;
export const NO_EPOCH = -1 as Epoch;
export const NO_SESSION = 0n as SessionId;

export const makeZxid = (epoch: Epoch, counter: number): Zxid => ((BigInt(epoch) << 32n) | BigInt(counter)) as Zxid;
export const epochOf = (zxid: Zxid): Epoch => Number(zxid >> 32n) as Epoch;
export const counterOf = (zxid: Zxid): number => Number(zxid & 0xffff_ffffn);
/** Zxids are printed in hex everywhere, as ZooKeeper does: `0x100000005`. */
export const formatZxid = (zxid: Zxid): string => `0x${BigInt.asUintN(64, zxid).toString(16)}`;
/** Session ids are printed in unsigned hex, as ZooKeeper does. */
export const formatSessionId = (sessionId: SessionId): string => `0x${BigInt.asUintN(64, sessionId).toString(16)}`;
