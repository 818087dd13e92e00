// What this server knows of its ensemble, and from what: its file, its log, its leader, the servers that it elects with. Which of these counts
// when is decided here, by docs/decisions/0005-the-log-knows-the-ensemble.md; whoever is concerned is told of each change.

import type { Logger, QuorumVerifier } from '@zebu/interfaces';
import {
  type Ensemble,
  epochOf,
  formatEnsemble,
  isSameAddress,
  type Notification,
  type ServerAddress,
  type ServerId,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import { createQuorumVerifier, Membership } from '@zebu/quorum';
import { ensembleOfTxn, isReconfig, readEnsemble, type ReadEnsemble } from './ensemble-record.ts';
import type { PeerEffect } from './messages.ts';

/** Servers whose configuration version is remembered; strangers among them come and go. */
const MAX_REMEMBERED_SERVERS = 256;

export interface MembershipKeeperDependencies {
  readonly self: ServerId;
  /** From the configuration files. */
  readonly configured: Ensemble;
  /** False: what the tree and the log hold is from another time, and the files alone count (reconfigEnabled). */
  readonly reconfigEnabled: boolean;
  /** Of two voters one may go on alone when an oracle says so (oraclePath). */
  readonly oracle: boolean;
  readonly logger: Logger;
  readonly emit: (effect: PeerEffect) => void;
}

export class MembershipKeeper {
  readonly #dependencies: MembershipKeeperDependencies;
  readonly #onChange: (before: Membership) => void;
  readonly #knownVersions = new Map<ServerId, bigint>();
  #current: Membership;
  /** While the tree is restored. */
  #restored: Membership;
  #text: string;

  constructor(dependencies: MembershipKeeperDependencies, onChange: (before: Membership) => void) {
    this.#dependencies = dependencies;
    this.#onChange = onChange;
    this.#current = new Membership(dependencies.configured);
    this.#restored = this.#current;
    this.#text = formatEnsemble(dependencies.configured);
  }

  get current(): Membership {
    return this.#current;
  }

  // --- Restoring: the chain of configurations that disk holds ----------------------------------------------------------------------------

  beginRestore(): void {
    this.#restored = new Membership(this.#current.inForce, undefined, this.#current.alone);
  }

  onRestoredSnapshot(read: ReadEnsemble): void {
    if (!this.#dependencies.reconfigEnabled || !read.ok) return;
    this.#restored = this.#restored.propose(read.ensemble);
  }

  onRestoredTxns(txns: readonly TxnBytes[]): void {
    if (!this.#dependencies.reconfigEnabled) return;
    for (const txn of txns) {
      const ensemble = this.#ensembleOf(txn);
      if (ensemble !== undefined) this.#restored = this.#restored.propose(ensemble);
    }
  }

  /**
   * A txn of a later epoch behind a reconfig proves that it is committed: its leader was established with the reconfig in its history. Otherwise
   * the newest may be a proposal still, and needs quorums of two configurations.
   */
  endRestore(lastLoggedZxid: Zxid): void {
    const { pending } = this.#restored;
    const proven = pending !== undefined && epochOf(lastLoggedZxid) > epochOf(pending.version as Zxid);
    const restored = proven ? this.#restored.commit(pending.version) : this.#restored;
    // What others said meanwhile is not forgotten: a server that looks is told of what it missed.
    this.#become(restored.adopt(this.#current.inForce).grant(this.#current.alone));
  }

  // --- While there is a role -------------------------------------------------------------------------------------------------------------

  /** The reconfig among these txns, which are logged or proposed, if there is one. */
  onLogged(txns: readonly TxnBytes[]): Ensemble | undefined {
    let found: Ensemble | undefined;
    for (const txn of txns) {
      const ensemble = this.#ensembleOf(txn);
      if (ensemble === undefined) continue;
      found = ensemble;
      this.#become(this.#current.propose(ensemble));
    }
    return found;
  }

  onDelivered(txns: readonly TxnBytes[]): void {
    const last = txns[txns.length - 1];
    if (this.#current.pending !== undefined && last !== undefined) this.#become(this.#current.commit(txnZxid(last)));
  }

  /** By a quorum of this very server's learners. */
  onEstablished(inForce: Ensemble): void {
    this.#become(this.#current.adopt(inForce));
  }

  onTruncated(zxid: Zxid): void {
    this.#become(this.#current.truncate(zxid));
  }

  /** The leader, or a server that knows more than this one, says what is in force. */
  onInForce(text: string): void {
    if (text === this.#text) return;
    const read = readEnsemble(text);
    if (read.ok) this.#become(this.#current.adopt(read.ensemble));
    else this.#dependencies.logger.error('a configuration cannot be read', { reason: read.reason });
  }

  /** An oracle lets this server go on alone, or not (any more). */
  onOracle(grants: boolean): void {
    const before = this.#current;
    this.#current = before.grant(grants ? this.#dependencies.self : undefined);
    if (this.#current !== before) this.#onChange(before);
  }

  /**
   * What an election counts with. Where an oracle has a say, a server that may not go on alone takes the other one's word for it that it leads: who else
   * could (FastLeaderElection, receivedLeadingNotification)?
   */
  get electing(): QuorumVerifier {
    const { self, oracle } = this.#dependencies;
    const { alone, verifier } = this.#current;
    if (!oracle || alone !== undefined) return verifier;
    return this.#current.grant([...verifier.voters].find((voter) => voter !== self)).verifier;
  }

  // --- Gossip: a configuration finds its way to those who were away ----------------------------------------------------------------------

  /** What another server says of its version. */
  onNotification(from: ServerId, notification: Notification): void {
    this.#knownVersions.delete(from);
    this.#knownVersions.set(from, notification.configVersion);
    if (this.#knownVersions.size <= MAX_REMEMBERED_SERVERS) return;
    for (const oldest of this.#knownVersions.keys()) {
      this.#knownVersions.delete(oldest);
      return;
    }
  }

  /** One that knows only an older configuration is told this one, and so is one that was not heard yet: it may not know this server. */
  inform(to: ServerId, notification: Notification): Notification {
    const known = this.#knownVersions.get(to) ?? 0n;
    if (known >= this.#current.inForce.version) return notification;
    return { ...notification, configuration: this.#text };
  }

  #become(next: Membership): void {
    const before = this.#current;
    if (next === before || isSame(next, before)) return;
    this.#current = next;
    if (next.inForce.version !== before.inForce.version) this.#onNewInForce(before.inForce, next.inForce);
    const { emit } = this.#dependencies;
    emit({ type: 'reconfigure', ensemble: next.everybody, clientAddress: this.#movedClients(before, next) });
    this.#onChange(before);
  }

  #onNewInForce(before: Ensemble, inForce: Ensemble): void {
    const { logger, emit } = this.#dependencies;
    logger.info('a new configuration is in force', {
      before: before.version.toString(16),
      version: inForce.version.toString(16),
      voters: [...createQuorumVerifier(inForce).voters].join(','),
    });
    this.#text = formatEnsemble(inForce);
    emit({ type: 'writeConfiguration', ensemble: inForce });
  }

  #movedClients(before: Membership, next: Membership): ServerAddress | undefined {
    const { self } = this.#dependencies;
    const was = before.inForce.servers.get(self)?.clientAddress;
    const becomes = next.inForce.servers.get(self)?.clientAddress;
    return becomes === undefined || (was !== undefined && isSameAddress(was, becomes)) ? undefined : becomes;
  }

  #ensembleOf(txn: TxnBytes): Ensemble | undefined {
    if (!isReconfig(txn)) return undefined;
    const read = ensembleOfTxn(txn);
    if (read.ok) return read.ensemble;
    this.#dependencies.logger.error('a reconfig txn cannot be read; the configuration stays as it is', {
      reason: read.reason,
    });
    return undefined;
  }
}

const isSame = (one: Membership, other: Membership): boolean =>
  one.inForce.version === other.inForce.version && one.pending?.version === other.pending?.version;
