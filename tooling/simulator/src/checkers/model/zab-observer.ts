// What checkers hear of the model: facts that several of them need, each derived once.

import type { Epoch, ServerId, Zxid } from '@zebu/protocol';
import type { HistoryEvent, PacketSummary } from '../../history/event.ts';
import type { EpochModel } from './epoch-model.ts';
import type { HistoryNode, Txn } from './history-node.ts';
import type { ServerModel } from './server-model.ts';

type EventOf<Type extends HistoryEvent['type']> = Extract<HistoryEvent, { type: Type }>;
export type AppliedEvent = EventOf<'applied'>;
export type DiskStateEvent = EventOf<'diskState'>;

export interface ZabObserver {
  /** A packet leaves; the model does not know of it yet. */
  onSending?(sender: ServerModel, receiver: ServerId, packet: PacketSummary): void;
  /** A view changed; the model knows. */
  onRole?(server: ServerModel): void;
  /** A leader proposes a txn of its epoch for the first time. */
  onBroadcast?(leader: ServerModel, epoch: EpochModel, txn: Txn): void;
  onInitialHistory?(epoch: EpochModel): void;
  onEstablished?(epoch: EpochModel): void;
  /** The log of a server is another than before, or it became a member of another epoch. */
  onHistory?(server: ServerModel): void;
  onEpochDurable?(server: ServerModel, which: 'acceptedEpoch' | 'currentEpoch', epoch: Epoch): void;
  /** The model still has what it thinks of the disk. */
  onDiskState?(server: ServerModel, event: DiskStateEvent): void;
  /** A failed write was answered by cutting the log back; the model does not know yet. */
  onCutBack?(server: ServerModel, zxid: Zxid): void;
  /** A leader's TRUNC or SNAP makes this its log; the model does not know yet. */
  onReplacing?(server: ServerModel, log: HistoryNode): void;
  /** Everything up to the end of `history` is committed, says this server by COMMIT, INFORM or by applying it: for the first time. `reconfigs`: of what is new. */
  onCommitted?(server: ServerModel, history: HistoryNode, reconfigs: readonly HistoryNode[]): void;
  /** The tree moves; `history` is undefined when the zxid is on nothing that the server has. The model has the tree where it was. */
  onApplied?(server: ServerModel, event: AppliedEvent, history: HistoryNode | undefined): void;
  /** A server delivered these, oldest first, which nobody has delivered before. */
  onDelivered?(server: ServerModel, histories: readonly HistoryNode[]): void;
  /** Two histories were delivered, now or earlier, and neither is a prefix of the other. */
  onDivergence?(server: ServerModel, history: HistoryNode, other: HistoryNode, deliverer: ServerId): void;
  /** The ACK of a proposal leaves: this history is what it speaks of. */
  onAcknowledged?(server: ServerModel, history: HistoryNode): void;
  /** The damage mark is gone; the model does not know yet. */
  onHealed?(server: ServerModel): void;
  onEnded?(server: ServerModel, reason: string): void;
}

export type ZabFact = keyof ZabObserver;

export const ZAB_FACTS = [
  'onSending',
  'onRole',
  'onBroadcast',
  'onInitialHistory',
  'onEstablished',
  'onHistory',
  'onEpochDurable',
  'onDiskState',
  'onCutBack',
  'onReplacing',
  'onCommitted',
  'onApplied',
  'onDelivered',
  'onDivergence',
  'onAcknowledged',
  'onHealed',
  'onEnded',
] as const satisfies readonly ZabFact[];
