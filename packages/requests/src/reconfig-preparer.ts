// A change of the ensemble, as the txn that a leader proposes (PrepRequestProcessor, reconfig): a setData of /zookeeper/config under a type of
// its own, whose data is the new configuration. Its version is the zxid of the txn. What the change then does others decide.

import type { ReconfigRequest } from '@zebu/jute';
import { assert, type Ensemble, ErrorCode, formatEnsemble, Permission, votersOf } from '@zebu/protocol';
import { ChangeRecord, type Znode } from './change-record.ts';
import type { PrepContext, PrepDependencies } from './prep-context.ts';
import type { PrepOptions } from './prep-options.ts';
import { type ReconfigResult, reconfiguredEnsemble } from './reconfig-arguments.ts';
import { highWordOfNumber, lowWordOfNumber } from './words.ts';

const CONFIG_PATH = '/zookeeper/config';
const ANY_VERSION = -1n;
/** No setData of a client has written it. */
const NO_VERSION = -1;
const LENGTH_BYTES = 4;

/** What prep must know of the ensemble that it is to change. */
export interface EnsembleView {
  readonly inForce: Ensemble;
  /** Of the newest configuration that was proposed; it is in force unless it is not committed yet. */
  readonly newestVersion: bigint;
  /** The voters of such an ensemble that are in sync with the leader are a quorum of it. */
  hasSyncedQuorum(ensemble: Ensemble): boolean;
}

export class ReconfigPreparer {
  readonly #dependencies: PrepDependencies;
  readonly #options: PrepOptions;
  readonly #ensemble: EnsembleView | undefined;
  /** Of the newest configuration that was prepared; it may be in a txn that is not proposed yet. */
  #preparedVersion = 0n;

  constructor(dependencies: PrepDependencies, options: PrepOptions, ensemble: EnsembleView | undefined) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#ensemble = ensemble;
  }

  prepare(request: ReconfigRequest, context: PrepContext): ErrorCode {
    const { overlay, sessions, access } = this.#dependencies;
    if (!this.#options.reconfigEnabled) return ErrorCode.RECONFIGDISABLED;
    const refused = sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    // A standalone server.
    if (this.#ensemble === undefined) return ErrorCode.UNIMPLEMENTED;
    const result = this.#change(request, this.#ensemble, context);
    if (!result.ok) return result.error;
    const config = overlay.find(CONFIG_PATH);
    assert(config !== undefined, 'every tree has the znode of the configuration');
    if (!access.isPermitted(config.acl, Permission.WRITE, context.identities)) return ErrorCode.NOAUTH;
    overlay.put(this.#write(result.ensemble, config, context), config);
    return ErrorCode.OK;
  }

  /** The txn's record, and what becomes of the znode. */
  #write(ensemble: Ensemble, config: Znode, context: PrepContext): ChangeRecord {
    const { out } = this.#dependencies;
    out.writeString(CONFIG_PATH);
    const start = out.length + LENGTH_BYTES;
    // A buffer and a string are the same bytes.
    out.writeString(formatEnsemble(ensemble));
    const change = new ChangeRecord(CONFIG_PATH, context.zxidHigh, context.zxidLow).copy(config);
    change.dataLength = out.length - start;
    out.writeInt(NO_VERSION);
    change.version = NO_VERSION;
    change.mtimeHigh = highWordOfNumber(context.time);
    change.mtimeLow = lowWordOfNumber(context.time);
    change.mzxidHigh = context.zxidHigh;
    change.mzxidLow = context.zxidLow;
    this.#preparedVersion = ensemble.version;
    return change;
  }

  /** The checks in ZooKeeper's order. */
  #change(request: ReconfigRequest, view: EnsembleView, context: PrepContext): ReconfigResult {
    const { inForce } = view;
    const newest = view.newestVersion > this.#preparedVersion ? view.newestVersion : this.#preparedVersion;
    if (newest !== inForce.version) return refuse(ErrorCode.RECONFIGINPROGRESS);
    const expected = request.currentConfigId;
    if (expected !== ANY_VERSION && expected !== inForce.version) return refuse(ErrorCode.BADVERSION);
    const { multiAddressEnabled } = this.#options;
    const result = reconfiguredEnsemble(request, { current: inForce, version: zxidOf(context), multiAddressEnabled });
    if (!result.ok) return result;
    const voterCount = votersOf(result.ensemble).length;
    if (voterCount < (this.#options.standaloneEnabled ? 2 : 1)) {
      // ZooKeeper does not foresee such a list, and fails as on what it cannot read (QuorumPeerConfig.parseDynamicConfig).
      const isUnforeseen = result.ensemble.servers.size > voterCount || !this.#options.standaloneEnabled;
      return refuse(request.newMembers !== null && isUnforeseen ? ErrorCode.MARSHALLINGERROR : ErrorCode.BADARGUMENTS);
    }
    return view.hasSyncedQuorum(result.ensemble) ? result : refuse(ErrorCode.NEWCONFIGNOQUORUM);
  }
}

const refuse = (error: ErrorCode): ReconfigResult => ({ ok: false, error });

const zxidOf = ({ zxidHigh, zxidLow }: PrepContext): bigint => (BigInt(zxidHigh >>> 0) << 32n) | BigInt(zxidLow >>> 0);
