// Broadcast (Zab phase 3): txns are logged, acknowledged once they are durable, and delivered once they are committed. The leader's history and
// its first proposals come this way too, before UPTODATE.

import type { FlushToken } from '@zebu/interfaces';
import {
  type Epoch,
  formatZxid,
  NO_ZXID,
  type ServerId,
  type TxnBytes,
  txnEpoch,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import type { LearnerRole } from './learner-role.ts';
import { PendingAcks } from './pending-acks.ts';
import { continuationOf } from './txn-order.ts';

export class Broadcast {
  readonly #role: LearnerRole;
  #pendingAcks = new PendingAcks();
  /** Greatest zxid that the leader said is committed. */
  #committedZxid: Zxid = NO_ZXID;

  constructor(role: LearnerRole) {
    this.#role = role;
  }

  /** A proposal is acknowledged by whoever gets one: the leader knows whom it counts. */
  onProposal(txns: readonly TxnBytes[]): void {
    this.#onTxns(txns, true);
  }

  #onTxns(txns: readonly TxnBytes[], acknowledges: boolean): void {
    const { history } = this.#role;
    if (!this.#acceptsTxns) return this.#role.abandon('txns before DIFF, TRUNC or SNAP');
    const run = continuationOf(history.lastLoggedZxid, txns);
    if (!run.ok) return this.#role.abandon(run.reason);
    if (run.fresh.length === 0) return;
    const foreign = this.#findForeignEpoch(run.fresh);
    if (foreign !== undefined)
      return this.#role.abandon(`txns of epoch ${foreign} while epoch ${this.#role.epoch} is led`);
    history.append(run.fresh);
    this.#role.emit({ type: 'logTxns', txns: run.fresh });
    const token = this.#role.flush();
    // Before NEWLEADER nothing is acknowledged; this flush only bounds what waits to be written.
    if (acknowledges && this.#role.phase !== 'synchronizing') this.#pendingAcks.add(token, history.lastLoggedZxid);
  }

  onInform(txns: readonly TxnBytes[]): void {
    this.#onTxns(txns, false);
    const last = txns[txns.length - 1];
    if (!this.#role.ended && last !== undefined) this.onCommit(txnZxid(last));
  }

  /** `designatedLeader` is to lead in the configuration that comes into force with that. */
  onCommit(zxid: Zxid, designatedLeader?: ServerId): void {
    const { lastLoggedZxid } = this.#role.history;
    if (!this.#acceptsTxns) return this.#role.abandon('COMMIT before DIFF, TRUNC or SNAP');
    if (zxid > lastLoggedZxid)
      return this.#role.abandon(`COMMIT of ${formatZxid(zxid)}, but our log ends at ${formatZxid(lastLoggedZxid)}`);
    if (zxid > this.#committedZxid) this.#committedZxid = zxid;
    this.deliverCommitted(designatedLeader);
  }

  /** With the configuration that was committed just now another server is to lead: nothing more comes from this one. */
  onDesignated(leader: ServerId): void {
    if (this.#role.ended || leader === this.#role.dependencies.leader) return;
    this.#role.abandon(`the leader designated server ${leader} to lead from now on`, leader);
  }

  /** What is logged of an epoch that is over ACKEPOCH speaks of. */
  forgetPendingAcks(): void {
    this.#pendingAcks = new PendingAcks();
  }

  /** One ACK speaks of everything flushed; never ahead of the ACK of NEWLEADER (ZOOKEEPER-4685). */
  onFlushed(token: FlushToken): void {
    if (this.#role.phase !== 'acknowledgedNewLeader' && this.#role.phase !== 'broadcast') return;
    const zxid = this.#pendingAcks.take(token);
    if (zxid !== undefined) this.#role.send({ type: 'ACK', zxid });
  }

  /** Only what the leader called committed is ever delivered, before UPTODATE too. */
  deliverCommitted(designatedLeader?: ServerId): void {
    const txns = this.#role.history.deliver(this.#committedZxid);
    if (txns.length > 0)
      this.#role.emit({ type: 'deliver', txns, ...(designatedLeader === undefined ? {} : { designatedLeader }) });
    this.#maybeServe();
  }

  get #acceptsTxns(): boolean {
    const { phase } = this.#role;
    return (
      phase === 'synchronizing' ||
      phase === 'acceptingNewLeader' ||
      phase === 'acknowledgedNewLeader' ||
      phase === 'broadcast'
    );
  }

  /** NEWLEADER ends the initial history: behind it come txns of this epoch, and never any of a later one. */
  #findForeignEpoch(fresh: readonly TxnBytes[]): number | undefined {
    const [first, last] = [txnEpoch(fresh[0] as TxnBytes), txnEpoch(fresh[fresh.length - 1] as TxnBytes)];
    const epoch = this.#role.epoch as Epoch;
    if (last > epoch) return last;
    return first < epoch && this.#role.phase !== 'synchronizing' ? first : undefined;
  }

  /** A tree read back at a restart holds all of the log. What of it is not committed yet no client may see: it could still be lost. */
  #maybeServe(): void {
    const { phase, history, epoch, servedEpoch } = this.#role;
    if (servedEpoch === epoch || phase !== 'broadcast' || history.lastDeliveredZxid > this.#committedZxid) return;
    this.#role.servedEpoch = epoch;
    this.#role.emit({ type: servedEpoch === undefined ? 'serve' : 'rolledOver', epoch: epoch as Epoch });
  }
}
