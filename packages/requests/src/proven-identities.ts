// The identities of one connection, as a set in ZooKeeper's order: that of a ConcurrentHashMap of Ids (ServerCnxn.authInfo). It is
// to be seen in whoAmI, and in the ACL that the scheme `auth` expands to. From a dozen on, where Java's table grows, those that
// share a bucket may stand in another order.

import type { Identity } from '@zebu/interfaces';
import { idOf } from './access-control.ts';
import { javaHash, spread } from './java-set-order.ts';

/**
 * Every write carries the identities to the leader, and thousands of small ones fit into a chunk: with much more than this, one
 * client could send so much over the link to the leader that the leader takes the follower for silent.
 */
export const MAX_IDENTITIES_LENGTH = 8192;
const FIRST_TABLE_SIZE = 16;
const LOAD_FACTOR = 0.75;

/** Undefined when it would be too much to carry. The same array when nothing is new. */
export function withIdentities(
  known: readonly Identity[],
  added: readonly Identity[],
): readonly Identity[] | undefined {
  const all = new Set([...known, ...added]);
  if (all.size === known.length) return known;
  const identities = [...all];
  if (identities.reduce((sum, { length }) => sum + length, 0) > MAX_IDENTITIES_LENGTH) return undefined;
  return inJavaOrder(identities);
}

function inJavaOrder(identities: readonly Identity[]): readonly Identity[] {
  let tableSize = FIRST_TABLE_SIZE;
  while (identities.length >= tableSize * LOAD_FACTOR) tableSize *= 2;
  return identities
    .map((identity) => ({ identity, bucket: spread(hashOfId(identity)) & (tableSize - 1) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ identity }) => identity);
}

/** What jute generates for Id. */
function hashOfId(identity: Identity): number {
  const { scheme, id } = idOf(identity);
  return (Math.imul(37, (Math.imul(37, 17) + javaHash(scheme)) | 0) + javaHash(id)) | 0;
}
