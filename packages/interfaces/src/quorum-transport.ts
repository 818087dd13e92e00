// Carries Zab's packets between a leader and its learners.

import type { Ensemble, QuorumPacket, ServerId } from '@zebu/protocol';
import type { LinkId } from './link.ts';

/** Where a learner dials: the port on which a leader takes learners, or the one on which a follower serves observers (observerMasterPort). */
export type QuorumPort = 'quorum' | 'observerMaster';

export interface QuorumTransportHandler {
  /** A link that this server dialled (`outgoing`) or accepted is ready for packets. */
  onLinkUp(link: LinkId, peer: ServerId, direction: 'outgoing' | 'incoming', port: QuorumPort): void;
  /** In the sender's order, whole and shape-checked; the array is the receiver's. Never re-entrant from send(). */
  onPackets(link: LinkId, packets: QuorumPacket[]): void;
  /** The stream that the peer offered with sendSnapshot on this link. The iteration throws when the stream breaks; reading slowly slows the sender. */
  onSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): void;
  /** Nothing queued on the link will be delivered any more. Also follows a connect() that failed; not called after one's own closeLink(). */
  onLinkDown(link: LinkId, reason: string): void;
}

export interface QuorumTransport {
  /** Listens; rejects with TransportListenError when a port cannot be had. */
  start(handler: QuorumTransportHandler): Promise<void>;
  /** Dials once, the quorum port if not told otherwise, resolving the host name anew; onLinkUp or onLinkDown follows, never from within this call. */
  connect(to: ServerId, port?: QuorumPort): LinkId;
  /** Queues packets; those of one turn of the loop leave in one frame. Ignored on a link that is down. */
  send(link: LinkId, packets: readonly QuorumPacket[]): void;
  /** Bytes accepted by send and not yet handed to the network. The caller decides when that is too much. */
  queuedBytes(link: LinkId): number;
  /** Resolves when queuedBytes(link) is at most `bytes`, or at once when the link is down. */
  drained(link: LinkId, bytes: number): Promise<void>;
  /** Streams a snapshot beside the packets. The source is pulled only as fast as the peer reads. Resolves when the peer has received the end; rejects when the link broke. */
  sendSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  closeLink(link: LinkId): void;
  /** Servers that may be dialled from now on; links to those that left go down behind what was sent. Of others see ElectionTransport.setEnsemble. */
  setEnsemble(ensemble: Ensemble): void;
  /** Once resolved, the handler is not called again. Safe to call twice. */
  close(): Promise<void>;
}
