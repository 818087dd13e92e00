// Two servers dial each other and keep one connection. Both must choose the same one, without talking about it.
//
// Every hello carries the incarnation of its sender and a number that counts the hellos of that incarnation. A server dials a peer only while
// it has no connection to it, so the peer's numbers tell what the peer knew: a dial numbered after its answer to our dial means that it has
// lost the connection of that answer. Otherwise the two dials crossed, and the one of the larger server id stays.

import type { ServerId } from '@zebu/protocol';

export interface ConnectionOrigin {
  readonly dialledByPeer: boolean;
  /** From the peer's hello on this connection. */
  readonly incarnation: bigint;
  readonly helloNumber: number;
}

export type Choice =
  /** The arriving connection goes. */
  | 'keep'
  /** The dials crossed and the arriving one stays; the peer was never away. */
  | 'switch'
  /** The peer lost the existing connection, or restarted. */
  | 'replace';

export function chooseConnection(
  existing: ConnectionOrigin,
  arriving: ConnectionOrigin,
  ids: { readonly self: ServerId; readonly peer: ServerId },
): Choice {
  if (existing.incarnation !== arriving.incarnation) return 'replace';
  if (existing.dialledByPeer === arriving.dialledByPeer) {
    return arriving.helloNumber > existing.helloNumber ? 'replace' : 'keep';
  }
  const [dial, answer] = arriving.dialledByPeer ? [arriving, existing] : [existing, arriving];
  if (dial.helloNumber > answer.helloNumber) return dial === arriving ? 'replace' : 'keep';
  const staying = ids.peer > ids.self ? dial : answer;
  return staying === arriving ? 'switch' : 'keep';
}
