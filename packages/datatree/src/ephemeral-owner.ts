// What an ephemeralOwner says (ZooKeeper's EphemeralType): nobody, a session, or in values that no session id takes, a
// container or a TTL.

export type OwnerKind = 'none' | 'session' | 'container' | 'ttl';

/** Long.MIN_VALUE. */
export const CONTAINER_OWNER_HIGH = 0x8000_0000 | 0;
export const CONTAINER_OWNER_LOW = 0;

/** 0xff in the top byte, 16 reserved bits of 0 (the feature: TTL), 40 bits of milliseconds. */
const TTL_TOP_24_BITS = 0xff_0000;

/** High word of the owner of a TTL znode; its low word is the low word of the TTL. */
export const ttlOwnerHigh = (ttlHigh: number): number => (TTL_TOP_24_BITS << 8) | (ttlHigh & 0xff);

/** The TTL in the owner of a TTL znode. */
export const ttlMsOf = (high: number, low: number): number => (high & 0xff) * 0x1_0000_0000 + (low >>> 0);

export type OwnerKindOf = (high: number, low: number) => OwnerKind;

/**
 * ZooKeeper tells TTLs apart only with extendedTypesEnabled, since a server with id 255 makes session ids with this top byte.
 * Such ids have time in the 16 bits that are 0 in a TTL, so both can be told apart always.
 */
export const ownerKind: OwnerKindOf = (high, low) => {
  if (high === 0 && low === 0) return 'none';
  if (high === CONTAINER_OWNER_HIGH && low === CONTAINER_OWNER_LOW) return 'container';
  return high >>> 8 === TTL_TOP_24_BITS ? 'ttl' : 'session';
};

/** With emulate353TTLNodes: whatever is negative is a TTL, as ZooKeeper 3.5.3 wrote them (EphemeralTypeEmulate353, ZOOKEEPER-2901). */
export const ownerKindOf353: OwnerKindOf = (high, low) => {
  const kind = ownerKind(high, low);
  return kind === 'session' && high < 0 ? 'ttl' : kind;
};
