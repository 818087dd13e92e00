// What a server knows of its ensemble: the configuration in force, and the one that its log proposes and nobody called committed yet
// (QuorumPeer's quorumVerifier and lastSeenQuorumVerifier). While there are two, nothing counts but a quorum of each.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, ServerId, ServerSpecification, Zxid } from '@zebu/protocol';
import { createJointVerifier } from './joint-verifier.ts';
import { createOracleVerifier } from './oracle-verifier.ts';

export class Membership {
  /** The newest that is known to be committed. */
  readonly inForce: Ensemble;
  /** Invariant: newer than the one in force. */
  readonly pending: Ensemble | undefined;
  /** What is a quorum now: of the one in force, or of both. */
  readonly verifier: QuorumVerifier;
  /** Of two voters the one that an oracle lets go on alone. */
  readonly alone: ServerId | undefined;
  /** Of the configuration in force alone. */
  readonly inForceVerifier: QuorumVerifier;
  readonly #pendingVerifier: QuorumVerifier;
  #everybody: Ensemble | undefined;

  constructor(inForce: Ensemble, pending?: Ensemble, alone?: ServerId) {
    this.inForce = inForce;
    this.pending = pending;
    this.alone = alone;
    const verifier = createOracleVerifier(inForce, alone);
    this.inForceVerifier = verifier;
    this.#pendingVerifier = pending === undefined ? verifier : createOracleVerifier(pending, alone);
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
    if (ensemble.version <= this.newestVersion) return this;
    return new Membership(this.pending ?? this.inForce, ensemble, this.alone);
  }

  /** Everything up to the zxid is committed. */
  commit(zxid: bigint): Membership {
    if (this.pending === undefined || this.pending.version > zxid) return this;
    return new Membership(this.pending, undefined, this.alone);
  }

  /** Another server knows this one to be in force. */
  adopt(ensemble: Ensemble): Membership {
    if (ensemble.version <= this.inForce.version) return this;
    const { pending } = this;
    const isPending = pending !== undefined && pending.version > ensemble.version;
    return new Membership(ensemble, isPending ? pending : undefined, this.alone);
  }

  /** The log was cut back: what it does not hold any more was never committed. */
  truncate(zxid: Zxid): Membership {
    if (this.pending === undefined || this.pending.version <= zxid) return this;
    return new Membership(this.inForce, undefined, this.alone);
  }

  /** The oracle lets this server go on alone; undefined: none. */
  grant(alone: ServerId | undefined): Membership {
    return alone === this.alone ? this : new Membership(this.inForce, this.pending, alone);
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
