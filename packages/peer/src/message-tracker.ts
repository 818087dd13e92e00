// The last packets of each link between a leader and its learners, for the log when the link ends (ZooKeeper's MessageTracker). Nothing is decided
// by it.

import type { LinkId, Logger } from '@zebu/interfaces';
import type { QuorumPacket, ServerId, WallClockMs } from '@zebu/protocol';

export interface MessageTrackerOptions {
  /** Packets kept of each link, each way. */
  readonly bufferSize: number;
}

interface TrackedLink {
  readonly peer: ServerId;
  readonly received: string[];
  readonly sent: string[];
}

export class MessageTracker {
  readonly #options: MessageTrackerOptions;
  readonly #logger: Logger;
  readonly #links = new Map<LinkId, TrackedLink>();

  constructor(options: MessageTrackerOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  onLinkUp(link: LinkId, peer: ServerId): void {
    this.#links.set(link, { peer, received: [], sent: [] });
  }

  onReceived(link: LinkId, packets: readonly QuorumPacket[], at: WallClockMs): void {
    const tracked = this.#links.get(link);
    if (tracked !== undefined) this.#track(tracked.received, packets, at);
  }

  onSent(links: readonly LinkId[], packets: readonly QuorumPacket[], at: WallClockMs): void {
    for (const link of links) {
      const tracked = this.#links.get(link);
      if (tracked !== undefined) this.#track(tracked.sent, packets, at);
    }
  }

  /** Whoever ended it. */
  onLinkDown(link: LinkId): void {
    const tracked = this.#links.get(link);
    if (tracked === undefined) return;
    this.#links.delete(link);
    const { peer, received, sent } = tracked;
    this.#logger.warn('the last packets of a link that ended', {
      peer,
      received: received.join(' '),
      sent: sent.join(' '),
    });
  }

  #track(kept: string[], packets: readonly QuorumPacket[], at: WallClockMs): void {
    const { bufferSize } = this.#options;
    for (const { type } of packets.slice(-bufferSize)) kept.push(`${type}@${at}`);
    if (kept.length > bufferSize) kept.splice(0, kept.length - bufferSize);
  }
}

export const createMessageTracker = (
  options: MessageTrackerOptions | undefined,
  logger: Logger,
): MessageTracker | undefined => (options === undefined ? undefined : new MessageTracker(options, logger));
