// Who may do what to a znode (ZooKeeperServer.checkACL, PrepRequestProcessor.fixupACL). What an id means is its provider's to
// say; this knows the schemes that have none: world, auth, and super, which may do everything and stands in no ACL.

import type { AuthenticationProvider, Identity } from '@zebu/interfaces';
import type { ClientInfo } from '@zebu/jute';
import type { Acl } from '@zebu/protocol';

export interface AccessControlOptions {
  readonly providers: ReadonlyMap<string, AuthenticationProvider>;
  /** skipACL: everything is permitted. Lists are checked all the same before they are stored. */
  readonly skipAcl?: boolean;
}

export class AccessControl {
  readonly #providers: ReadonlyMap<string, AuthenticationProvider>;
  readonly #skipAcl: boolean;

  constructor({ providers, skipAcl = false }: AccessControlOptions) {
    this.#providers = providers;
    this.#skipAcl = skipAcl;
  }

  /** An empty list permits everything, as in ZooKeeper. */
  isPermitted(acls: readonly Acl[], permission: number, identities: readonly Identity[]): boolean {
    if (acls.length === 0 || this.#skipAcl) return true;
    for (const acl of acls) {
      if ((acl.permissions & permission) !== 0 && this.#isOneOf(identities, acl)) return true;
    }
    return identities.some(isSuper);
  }

  /**
   * The list to store for the one that a client sent: duplicates removed, `auth` replaced by the client's own identities. The
   * same array when there is nothing to change. Undefined when the list is empty or names what cannot be checked (INVALIDACL).
   */
  effectiveAcl(acls: readonly Acl[], identities: readonly Identity[]): readonly Acl[] | undefined {
    const unique = withoutDuplicates(acls);
    if (unique.length === 0) return undefined;
    if (unique.every((acl) => this.#isCheckable(acl))) return unique;
    const effective: Acl[] = [];
    for (const acl of unique) {
      if (acl.scheme === 'auth') {
        const own = identities.filter((identity) => this.#isAuthenticated(identity));
        if (own.length === 0) return undefined;
        for (const identity of own) effective.push({ permissions: acl.permissions, ...idOf(identity) });
      } else if (this.#isCheckable(acl)) {
        effective.push(acl);
      } else {
        return undefined;
      }
    }
    return effective;
  }

  /** What whoAmI tells of an identity; no user when its scheme has no provider, as `super` (AuthUtil.getClientInfos). */
  clientInfoOf(identity: Identity): ClientInfo {
    const { scheme, id } = idOf(identity);
    return { authScheme: scheme, user: this.#providers.get(scheme)?.userNameOf(id) ?? '' };
  }

  #isOneOf(identities: readonly Identity[], acl: Acl): boolean {
    if (isAnyone(acl)) return true;
    const provider = this.#providers.get(acl.scheme);
    if (provider === undefined) return false;
    return identities.some(
      (identity) =>
        schemeOf(identity) === acl.scheme && provider.matches(identity.slice(acl.scheme.length + 1), acl.id),
    );
  }

  #isCheckable(acl: Acl): boolean {
    return isAnyone(acl) || (this.#providers.get(acl.scheme)?.isValid(acl.id) ?? false);
  }

  #isAuthenticated(identity: Identity): boolean {
    return this.#providers.get(schemeOf(identity))?.isAuthenticated ?? false;
  }
}

/** What a client without ADMIN may see of a list: the user of a digest, not the hash (FinalRequestProcessor, getACL). */
export const withoutDigests = (acls: readonly Acl[]): readonly Acl[] =>
  acls.map((acl) => (acl.scheme === 'digest' ? { ...acl, id: acl.id.replace(/:.*/g, ':x') } : acl));

const isAnyone = (acl: Acl): boolean => acl.scheme === 'world' && acl.id === 'anyone';
const isSuper = (identity: Identity): boolean => schemeOf(identity) === 'super';

function withoutDuplicates(acls: readonly Acl[]): readonly Acl[] {
  if (acls.length < 2) return acls;
  const seen = new Set<string>();
  const unique = acls.filter((acl) => {
    const key = JSON.stringify([acl.permissions, acl.scheme, acl.id]);
    return !seen.has(key) && seen.add(key);
  });
  return unique.length === acls.length ? acls : unique;
}

export function schemeOf(identity: Identity): string {
  const colon = identity.indexOf(':');
  return colon < 0 ? identity : identity.slice(0, colon);
}

export function idOf(identity: Identity): { readonly scheme: string; readonly id: string } {
  const scheme = schemeOf(identity);
  return { scheme, id: identity.slice(scheme.length + 1) };
}
