// Who may do what to a znode (ZooKeeperServer.checkACL, PrepRequestProcessor.fixupACL). Identities are `scheme:id` strings.
// Schemes known so far: world, auth, digest (compared as it stands), ip, and super, which may do everything.

import type { Acl } from '@zebu/protocol';
import { isIpPattern, matchesIpPattern } from './ip-pattern.ts';

/** An empty list permits everything, as in ZooKeeper. */
export function isPermitted(acls: readonly Acl[], permission: number, identities: readonly string[]): boolean {
  if (acls.length === 0) return true;
  for (const acl of acls) {
    if ((acl.permissions & permission) === 0) continue;
    if (isAnyone(acl)) return true;
    for (const identity of identities) if (matches(identity, acl)) return true;
  }
  return identities.some((identity) => schemeOf(identity) === 'super');
}

/**
 * The list to store for the one that a client sent: duplicates removed, `auth` replaced by the client's own identities. The
 * same array when there is nothing to change. Undefined when the list is empty or names what cannot be checked (INVALIDACL).
 */
export function effectiveAcl(acls: readonly Acl[], identities: readonly string[]): readonly Acl[] | undefined {
  const unique = withoutDuplicates(acls);
  if (unique.length === 0) return undefined;
  if (unique.every(isCheckable)) return unique;
  const effective: Acl[] = [];
  for (const acl of unique) {
    if (acl.scheme === 'auth') {
      const own = authenticated(identities);
      if (own.length === 0) return undefined;
      for (const { scheme, id } of own) effective.push({ permissions: acl.permissions, scheme, id });
    } else if (isCheckable(acl)) {
      effective.push(acl);
    } else {
      return undefined;
    }
  }
  return effective;
}

/** What a client without ADMIN may see of a list: the user of a digest, not the hash (FinalRequestProcessor, getACL). */
export const withoutDigests = (acls: readonly Acl[]): readonly Acl[] =>
  acls.map((acl) => (acl.scheme === 'digest' ? { ...acl, id: acl.id.replace(/:.*/g, ':x') } : acl));

/** The identity that every connection has from its address (IPAuthenticationProvider). */
export const addressIdentity = (remoteAddress: string): string => `ip:${hostOf(remoteAddress)}`;

const isAnyone = (acl: Acl): boolean => acl.scheme === 'world' && acl.id === 'anyone';

function isCheckable(acl: Acl): boolean {
  switch (acl.scheme) {
    case 'world':
      return acl.id === 'anyone';
    case 'digest':
      return isUserAndHash(acl.id);
    case 'ip':
      return isIpPattern(acl.id);
    default:
      return false;
  }
}

/** DigestAuthenticationProvider.isValid: Java's split drops trailing empty parts, so `user:` has one part. */
const isUserAndHash = (id: string): boolean => id.replace(/:+$/, '').split(':').length === 2;

function matches(identity: string, acl: Acl): boolean {
  if (schemeOf(identity) !== acl.scheme) return false;
  const id = identity.slice(acl.scheme.length + 1);
  return acl.scheme === 'ip' ? matchesIpPattern(id, acl.id) : id === acl.id;
}

/** Identities that someone proved; an address is not one (AuthenticationProvider.isAuthenticated). */
const authenticated = (identities: readonly string[]): { scheme: string; id: string }[] =>
  identities
    .map((identity) => ({ scheme: schemeOf(identity), id: identity.slice(schemeOf(identity).length + 1) }))
    .filter(({ scheme }) => scheme === 'digest');

function withoutDuplicates(acls: readonly Acl[]): readonly Acl[] {
  if (acls.length < 2) return acls;
  const seen = new Set<string>();
  const unique = acls.filter((acl) => {
    const key = JSON.stringify([acl.permissions, acl.scheme, acl.id]);
    return !seen.has(key) && seen.add(key);
  });
  return unique.length === acls.length ? acls : unique;
}

function schemeOf(identity: string): string {
  const colon = identity.indexOf(':');
  return colon < 0 ? identity : identity.slice(0, colon);
}

/** `1.2.3.4:5678`, `[::1]:5678`, or an address alone. */
function hostOf(remoteAddress: string): string {
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(remoteAddress);
  if (bracketed !== null) return bracketed[1] as string;
  const colon = remoteAddress.indexOf(':');
  return colon >= 0 && colon === remoteAddress.lastIndexOf(':') ? remoteAddress.slice(0, colon) : remoteAddress;
}
