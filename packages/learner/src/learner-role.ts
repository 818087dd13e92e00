// What the phases of one learner share: its link to the leader, the epochs, its history, and the effects of the step being made. It decides
// nothing but how learning ends.

import type { FlushToken, LinkId } from '@zebu/interfaces';
import type { Epoch, QuorumPacket, ServerId } from '@zebu/protocol';
import { History } from './history.ts';
import type { LearnerEffect } from './messages.ts';
import type { LearnerDependencies, LearnerOptions, LearnerState } from './setup.ts';

export type LearnerPhase =
  | 'idle'
  | 'connecting'
  /** FOLLOWERINFO sent. */
  | 'announced'
  /** acceptedEpoch is being written. */
  | 'acceptingEpoch'
  /** ACKEPOCH sent: DIFF, TRUNC or SNAP comes. */
  | 'acknowledgedEpoch'
  /** The disk truncates, or a snapshot is received or installed; packets wait. */
  | 'rebuilding'
  /** Txns of the leader's history come, then NEWLEADER. */
  | 'synchronizing'
  /** NEWLEADER seen: history, then currentEpoch are being flushed. */
  | 'acceptingNewLeader'
  /** NEWLEADER acknowledged. */
  | 'acknowledgedNewLeader'
  | 'broadcast'
  | 'ended';

export class LearnerRole {
  readonly dependencies: LearnerDependencies;
  readonly options: LearnerOptions;
  readonly history: History;
  phase: LearnerPhase = 'idle';
  /** The newest connection to the leader, being dialled or up. */
  link: LinkId | undefined;
  acceptedEpoch: Epoch;
  /** The leader's epoch, once it said so. */
  epoch: Epoch | undefined;
  /** The epoch in which clients are served. While the leader rolls over to the next, it is the one before `epoch`. */
  servedEpoch: Epoch | undefined;
  hasHistory: boolean;
  readonly damaged: boolean;
  /** TRUNC left nothing usable: only SNAP will do. */
  needsSnapshot = false;
  #effects: LearnerEffect[] = [];

  constructor(dependencies: LearnerDependencies, options: LearnerOptions, state: LearnerState) {
    this.dependencies = dependencies;
    this.options = options;
    this.acceptedEpoch = state.acceptedEpoch;
    this.hasHistory = state.hasHistory && !state.damaged;
    this.damaged = state.damaged;
    this.history = new History(state.lastDeliveredZxid, state.tail);
  }

  /** The list that gathers the effects of the step that begins. */
  beginStep(): LearnerEffect[] {
    this.#effects = [];
    return this.#effects;
  }

  emit(...effects: readonly LearnerEffect[]): void {
    for (const effect of effects) this.#effects.push(effect);
  }

  /** To the leader; nothing is sent while there is no link. */
  send(packet: QuorumPacket): void {
    if (this.link !== undefined) this.#effects.push({ type: 'send', links: [this.link], packets: [packet] });
  }

  /** The token speaks of everything that was emitted before. */
  flush(): FlushToken {
    const token = this.dependencies.nextFlushToken();
    this.#effects.push({ type: 'flush', token });
    return token;
  }

  get ended(): boolean {
    return this.phase === 'ended';
  }

  /** Discovery and synchronization are those of a new epoch of the same leader, while clients are served in the old one. */
  get rollsOver(): boolean {
    return this.servedEpoch !== undefined && this.phase !== 'broadcast';
  }

  get onlySnapshotWillDo(): boolean {
    return this.needsSnapshot || !this.hasHistory;
  }

  /** Leave the leader for its successor, or to elect anew. */
  abandon(reason: string, successor?: ServerId): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.closeLink();
    this.#effects.push({ type: 'abandon', reason, ...(successor === undefined ? {} : { successor }) });
  }

  closeLink(): void {
    if (this.link !== undefined) this.#effects.push({ type: 'closeLink', link: this.link });
  }
}
