// What an operator may switch for writes. The defaults are ZooKeeper's.

export interface PrepOptions {
  /** TTL znodes may be created (EphemeralType.extendedEphemeralTypesEnabled). */
  readonly extendedTypesEnabled: boolean;
  /** Owners that ZooKeeper 3.5.3 wrote for TTL znodes are known as such; the tree must be told the same. */
  readonly emulate353TtlNodes: boolean;
  /** Hard limits of quotas refuse. */
  readonly enforceQuota: boolean;
  /** ACLs refuse nobody. */
  readonly skipAcl: boolean;
  readonly reconfigEnabled: boolean;
  /** An ensemble may not shrink to one voter, which would be a standalone server (standaloneEnabled). */
  readonly standaloneEnabled: boolean;
  /** Txns say what the digest of the tree is behind them. */
  readonly digestEnabled: boolean;
  /** The end of a session lists the ephemerals that go with it; ZooKeeper before 3.6 reads only txns that do not. */
  readonly closeSessionTxnEnabled: boolean;
  /** A server may have several addresses (multiAddress.enabled). */
  readonly multiAddressEnabled: boolean;
}

export const DEFAULT_PREP_OPTIONS: PrepOptions = {
  extendedTypesEnabled: false,
  emulate353TtlNodes: false,
  enforceQuota: false,
  skipAcl: false,
  reconfigEnabled: false,
  standaloneEnabled: true,
  digestEnabled: true,
  closeSessionTxnEnabled: true,
  multiAddressEnabled: false,
};
