// What a server knows of its ensemble: the configuration in force, and the one that its log proposes and nobody called committed yet
// (QuorumPeer's quorumVerifier and lastSeenQuorumVerifier). While there are two, nothing counts but a quorum of each.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, ServerId, ServerSpecification, Zxid } from '@zebu/protocol';
import { createQuorumVerifier } from './ensemble-verifier.ts';
import { createJointVerifier } from './joint-verifier.ts';

export class Membership {
  /** The newest that is known to be committed. */
  readonly inForce: Ensemble;
  /** Invariant: newer than the one in force. */
  readonly pending: Ensemble | undefined;
  /** What is a quorum now: of the one in force, or of both. */
  readonly verifier: QuorumVerifier;
  readonly #pendingVerifier: QuorumVerifier;
  #everybody: Ensemble | undefined;

  constructor(inForce: Ensemble, pending?: Ensemble) {
    this.inForce = inForce;
    this.pending = pending;
    const verifier = createQuorumVerifier(inForce);
    this.#pendingVerifier = pending === undefined ? verifier : createQuorumVerifier(pending);
    this.verifier = pending === undefined ? verifier : createJointVerifier(verifier, this.#pendingVerifier);
  }

  /** Of the newest configuration. */
  get newestVersion(): bigint {
    return (this.pending ?? this.inForce).version;
  }

  /** Of the newest configuration alone. */
  get newestVerifier(): QuorumVerifier {
    return this.#pendingVerifier;
  }

  /**
   * Everybody that either configuration knows: whom to dial, and to whom an election speaks. Addresses are those in force, for as long as they
   * are; a server that votes in one of the two has a vote.
   */
  get everybody(): Ensemble {
    this.#everybody ??= this.pending === undefined ? this.inForce : union(this.inForce, this.pending);
    return this.#everybody;
  }

  /**
   * Both configurations take this server for an observer. One that is in neither has no vote, but learns as a follower does
   * (QuorumPeer.updateLearnerType), for whoever leads may be about to give it one.
   */
  observes(server: ServerId): boolean {
    return this.everybody.servers.get(server)?.role === 'observer';
  }

  /** The log holds a newer configuration: one before it that was pending is committed, or the leader had not proposed this one. */
  propose(ensemble: Ensemble): Membership {
    return ensemble.version > this.newestVersion ? new Membership(this.pending ?? this.inForce, ensemble) : this;
  }

  /** Everything up to the zxid is committed. */
  commit(zxid: bigint): Membership {
    return this.pending !== undefined && this.pending.version <= zxid ? new Membership(this.pending) : this;
  }

  /** Another server knows this one to be in force. */
  adopt(ensemble: Ensemble): Membership {
    if (ensemble.version <= this.inForce.version) return this;
    const { pending } = this;
    return pending !== undefined && pending.version > ensemble.version
      ? new Membership(ensemble, pending)
      : new Membership(ensemble);
  }

  /** The log was cut back: what it does not hold any more was never committed. */
  truncate(zxid: Zxid): Membership {
    return this.pending !== undefined && this.pending.version > zxid ? new Membership(this.inForce) : this;
  }
}

function union(inForce: Ensemble, pending: Ensemble): Ensemble {
  const servers = new Map<ServerId, ServerSpecification>(inForce.servers);
  for (const server of pending.servers.values()) {
    const known = servers.get(server.id);
    const votes = known?.role === 'participant' || server.role === 'participant';
    servers.set(server.id, { ...(known ?? server), role: votes ? 'participant' : 'observer' });
  }
  return { version: inForce.version, servers };
}
