// The identities of one connection, as a set in ZooKeeper's order: that of a ConcurrentHashMap of Ids (ServerCnxn.authInfo). It is
// to be seen in whoAmI, and in the ACL that the scheme `auth` expands to. From a dozen on, where Java's table grows, those that
// share a bucket may stand in another order.

import type { Identity } from '@zebu/interfaces';
import { idOf } from './access-control.ts';

/** Every write carries the identities to the leader, so a client may not collect them without end. */
export const MAX_IDENTITIES_LENGTH = 65_536;
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
  const bucketOf = (identity: Identity): number => {
    const hash = hashOfId(identity);
    return (hash ^ (hash >>> 16)) & (tableSize - 1);
  };
  return identities
    .map((identity) => ({ identity, bucket: bucketOf(identity) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ identity }) => identity);
}

/** What jute generates for Id. */
function hashOfId(identity: Identity): number {
  const { scheme, id } = idOf(identity);
  return (Math.imul(37, (Math.imul(37, 17) + hashOfString(scheme)) | 0) + hashOfString(id)) | 0;
}

/** String.hashCode. */
function hashOfString(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
