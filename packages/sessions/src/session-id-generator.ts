// Session ids, as SessionTrackerImpl.initializeNextSessionId makes them: the server's id in the top byte, 40 bits of
// milliseconds, then 16 bits that count. Ids of two servers, or of two starts of one server, do not meet.

import type { ServerId, SessionId, WallClockMs } from '@zebu/protocol';

/** Long.MIN_VALUE marks a container in ephemeralOwner (EphemeralType.CONTAINER_EPHEMERAL_OWNER), so no session may have it. */
const CONTAINER_OWNER = -(1n << 63n);

export class SessionIdGenerator {
  #next: bigint;

  constructor(serverId: ServerId, wallClockMs: WallClockMs) {
    this.#next = firstSessionId(serverId, wallClockMs);
  }

  next(): SessionId {
    const id = this.#next;
    this.#next = BigInt.asIntN(64, id + 1n);
    return id as SessionId;
  }
}

/** LeaderSessionTracker.getServerIdFromSessionId; the top byte, unsigned. */
export const serverOfSession = (sessionId: SessionId): ServerId =>
  Number(BigInt.asUintN(8, sessionId >> 56n)) as ServerId;

function firstSessionId(serverId: ServerId, wallClockMs: WallClockMs): bigint {
  // Java's (time << 24) >>> 8: the low 40 bits of the time, shifted past the 16 that count.
  const time = BigInt.asUintN(40, BigInt(Math.floor(wallClockMs))) << 16n;
  const first = BigInt.asIntN(64, time | (BigInt(serverId) << 56n));
  // 0 asks for a new session on the wire (ConnectRequest), so it cannot name one.
  return first === CONTAINER_OWNER || first === 0n ? first + 1n : first;
}
