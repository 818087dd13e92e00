// The configurations under which servers are compared. Between them every error code that depends on a key comes up.

export interface Variant {
  readonly name: string;
  /** Of zoo.cfg, the same on both sides. */
  readonly lines: readonly string[];
  readonly localSessions: boolean;
}

/** `super:secret` */
const SUPER_DIGEST = 'DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=';
const EXTENDED = ['extendedTypesEnabled=true', 'enforceQuota=true', SUPER_DIGEST];

const alone: Variant = { name: 'extended', lines: [...EXTENDED, 'reconfigEnabled=true'], localSessions: false };
const aloneByDefault: Variant = { name: 'defaults', lines: [], localSessions: false };
const ensemble: Variant = { name: 'extended', lines: EXTENDED, localSessions: false };
const localSessions: Variant = {
  name: 'local sessions',
  lines: [...EXTENDED, 'localSessionsEnabled=true'],
  localSessions: true,
};

/** Every server in an ensemble that then loses its quorum. */
export const withoutQuorum: Variant = {
  name: 'without a quorum',
  lines: [...EXTENDED, 'localSessionsEnabled=true', 'readonlymode.enabled=true'],
  localSessions: true,
};

/** Which variant a seed is played under: mostly the one with everything turned on. */
export function variantOf(seed: number, servers: number): Variant {
  if (servers === 1) return seed % 4 === 0 ? aloneByDefault : alone;
  return seed % 5 === 0 ? localSessions : ensemble;
}
