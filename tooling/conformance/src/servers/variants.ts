// The configurations under which servers are compared. Between them every error code that depends on a key comes up.

export interface Variant {
  readonly name: string;
  /** Of zoo.cfg, the same on both sides. */
  readonly lines: readonly string[];
  readonly localSessions: boolean;
  /** The ensemble may be changed, and is. */
  readonly reconfigs: boolean;
}

/** `super:secret` */
const SUPER_DIGEST = 'DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=';
const EXTENDED = ['extendedTypesEnabled=true', 'enforceQuota=true', SUPER_DIGEST];

const PLAIN = { localSessions: false, reconfigs: false } as const;
const RECONFIG = 'reconfigEnabled=true';

/** A standalone server answers that it cannot. */
const alone: Variant = { name: 'extended', lines: [...EXTENDED, RECONFIG], ...PLAIN };
const aloneByDefault: Variant = { name: 'defaults', lines: [], ...PLAIN };
const ensemble: Variant = { name: 'extended', lines: EXTENDED, ...PLAIN };
const reconfigs: Variant = { name: 'reconfig', lines: [...EXTENDED, RECONFIG], ...PLAIN, reconfigs: true };
const localSessions: Variant = {
  name: 'local sessions',
  lines: [...EXTENDED, 'localSessionsEnabled=true'],
  ...PLAIN,
  localSessions: true,
};

/** Every server in an ensemble that then loses its quorum. */
export const withoutQuorum: Variant = {
  name: 'without a quorum',
  lines: [...EXTENDED, 'localSessionsEnabled=true', 'readonlymode.enabled=true'],
  ...PLAIN,
  localSessions: true,
};

/** Which variant a seed is played under: mostly the one with everything turned on. */
export function variantOf(seed: number, servers: number): Variant {
  if (servers === 1) return seed % 4 === 0 ? aloneByDefault : alone;
  if (seed % 5 === 2) return reconfigs;
  return seed % 5 === 0 ? localSessions : ensemble;
}
