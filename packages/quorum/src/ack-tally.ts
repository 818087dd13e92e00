// How far a quorum has acknowledged. Acknowledgements are cumulative: one zxid speaks of every txn up to it, so one number a server is all
// that is kept, however many proposals are outstanding (ZooKeeper's Leader keeps a SyncedLearnerTracker for each).

import type { QuorumVerifier } from '@zebu/interfaces';
import { NO_ZXID, type ServerId, type Zxid } from '@zebu/protocol';

export class AckTally {
  readonly #verifier: QuorumVerifier;
  /** Invariant: voters only, each once; `#zxids[i]` is what `#servers[i]` acknowledged; greatest zxid first. */
  readonly #servers: ServerId[] = [];
  readonly #zxids: Zxid[] = [];
  #quorumZxid: Zxid = NO_ZXID;
  /** Filled and emptied while searching, so that the search allocates nothing. */
  readonly #candidates = new Set<ServerId>();

  constructor(verifier: QuorumVerifier) {
    this.#verifier = verifier;
  }

  /** The server holds, flushed, everything up to `zxid`. One that has no vote is ignored, and so is an older acknowledgement. */
  acknowledge(server: ServerId, zxid: Zxid): void {
    if (!this.#verifier.voters.has(server)) return;
    let index = this.#servers.indexOf(server);
    if (index === -1) index = this.#servers.push(server) - 1;
    else if (zxid <= (this.#zxids[index] as Zxid)) return;
    this.#moveUp(index, server, zxid);
    // What is not above the present answer cannot raise it: that quorum had acknowledged as much before.
    if (zxid > this.#quorumZxid) this.#quorumZxid = this.#findQuorumZxid();
  }

  /** Forgets the server, for instance because its link broke. `quorumZxid()` may go down; what was committed before stays committed. */
  remove(server: ServerId): void {
    const index = this.#servers.indexOf(server);
    if (index === -1) return;
    this.#servers.splice(index, 1);
    this.#zxids.splice(index, 1);
    this.#quorumZxid = this.#findQuorumZxid();
  }

  /** The greatest zxid that every member of some quorum has acknowledged; NO_ZXID (-1) while there is none. */
  quorumZxid(): Zxid {
    return this.#quorumZxid;
  }

  /** What the server acknowledged last; NO_ZXID if nothing. */
  acknowledgedBy(server: ServerId): Zxid {
    const index = this.#servers.indexOf(server);
    return index === -1 ? NO_ZXID : (this.#zxids[index] as Zxid);
  }

  #moveUp(from: number, server: ServerId, zxid: Zxid): void {
    let index = from;
    for (; index > 0 && (this.#zxids[index - 1] as Zxid) < zxid; index--) {
      this.#servers[index] = this.#servers[index - 1] as ServerId;
      this.#zxids[index] = this.#zxids[index - 1] as Zxid;
    }
    this.#servers[index] = server;
    this.#zxids[index] = zxid;
  }

  /** Takes servers in, the furthest first, until they are a quorum: the last one taken in holds the least of them, and that is the answer. */
  #findQuorumZxid(): Zxid {
    let found = NO_ZXID;
    for (let index = 0; index < this.#servers.length; index++) {
      this.#candidates.add(this.#servers[index] as ServerId);
      if (!this.#verifier.containsQuorum(this.#candidates)) continue;
      found = this.#zxids[index] as Zxid;
      break;
    }
    this.#candidates.clear();
    return found;
  }
}
