// Leadership given away on request (docs/decisions/0006-leadership-is-handed-over.md): nothing more is proposed, what is outstanding is committed,
// then all learners are told who leads from now on. To whom it is given is advice, as an election is: the successor's discovery decides.

import type { Millis, ServerId } from '@zebu/protocol';
import type { LeaderRole } from './leader-role.ts';
import type { LearnerHandler } from './learner-handler.ts';
import type { LeaderInput } from './messages.ts';
import type { Reconfiguration } from './reconfiguration.ts';
import { furthestSuccessor, maySucceed } from './successor.ts';

/** What is not committed by then the successor commits: it was sent the proposals before it is told to lead. */
const PATIENCE_MS = 200;

export class Transfer {
  readonly #role: LeaderRole;
  readonly #reconfiguration: Reconfiguration;
  /** Who was asked for; whoever else may lead takes its place if it is gone. */
  #wanted: ServerId | undefined;
  /** Undefined until leadership is to be handed over; from then on this leader leaves, whatever happens. */
  #deadline: Millis | undefined;

  constructor(role: LeaderRole, reconfiguration: Reconfiguration) {
    this.#role = role;
    this.#reconfiguration = reconfiguration;
  }

  get begun(): boolean {
    return this.#deadline !== undefined;
  }

  begin({ to, leaves }: Extract<LeaderInput, { type: 'transfer' }>, now: Millis): void {
    const reason = this.#reasonToRefuse(to, leaves);
    if (reason !== undefined) return this.#role.emit({ type: 'transferRefused', reason });
    this.#wanted = to;
    this.#deadline = now + PATIENCE_MS;
    this.#role.dependencies.logger.info('handing leadership over', { to: this.#candidate()?.sid });
  }

  /** When the patience is over. */
  nextWakeup(): Millis | undefined {
    return this.#role.successor === undefined ? this.#deadline : undefined;
  }

  /** After each step: somebody acknowledged, left, or made no progress. */
  maybeHandOver(now: Millis): void {
    const { successor, proposals, ended } = this.#role;
    if (this.#deadline === undefined || successor !== undefined || ended) return;
    const candidate = this.#candidate();
    if (candidate === undefined) return this.#role.stepDown('nobody is left that leadership could be handed to');
    const settled = proposals.outstanding.length === 0 && candidate.ackedZxid === proposals.lastProposedZxid;
    if (settled || now >= this.#deadline) this.#handOver(candidate.sid);
  }

  /** Whoever is told reads all that was sent before first; so the successor's log ends where ours does. */
  #handOver(designatedLeader: ServerId): void {
    const { handlers, proposals } = this.#role;
    this.#role.successor = designatedLeader;
    const links = [...handlers.values()].filter((handler) => handler.forwarding).map(({ link }) => link);
    this.#role.send(links, [{ type: 'COMMITANDACTIVATE', zxid: proposals.lastCommittedZxid, designatedLeader }]);
    this.#reconfiguration.maybeLeave(false);
  }

  #candidate(): LearnerHandler | undefined {
    const { handlers, membership } = this.#role;
    const candidates = [...handlers.values()].filter(({ voter }) => voter);
    const wanted = candidates.find((handler) => handler.sid === this.#wanted);
    const mayLead = wanted !== undefined && maySucceed(wanted, membership.verifier);
    return mayLead ? wanted : furthestSuccessor(candidates, membership.verifier);
  }

  #reasonToRefuse(to: ServerId | undefined, leaves: boolean): string | undefined {
    const { phase, successor, membership, dependencies, handlers } = this.#role;
    if (phase !== 'broadcast') return 'no quorum follows this leader yet';
    if (this.begun || successor !== undefined) return 'leadership is being handed over already';
    if (membership.pending !== undefined) return 'the ensemble is being changed';
    if (to === dependencies.self) return 'this server leads already';
    const { verifier } = membership;
    const synced = [...handlers.values()].filter((handler) => handler.voter && maySucceed(handler, verifier));
    if (to !== undefined && !synced.some(({ sid }) => sid === to))
      return `server ${to} is no voter that is in sync with this leader`;
    if (synced.length === 0) return 'no voter is in sync with this leader';
    const remaining = new Set(synced.map(({ sid }) => sid));
    return leaves && !verifier.containsQuorum(remaining) ? 'without this server there is no quorum' : undefined;
  }
}
