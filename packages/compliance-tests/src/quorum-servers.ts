// Servers for the QuorumTransport suite: a transport and a handler that keeps what it is told.

import type { LinkId, QuorumPort, QuorumTransport, QuorumTransportHandler } from '@zebu/interfaces';
import type { QuorumPacket, ServerId } from '@zebu/protocol';
import { serverId, until } from './transport-support.ts';

export interface QuorumServer {
  readonly id: number;
  readonly transport: QuorumTransport;
  readonly handler: QuorumRecorder;
}

/** A learner that dialled a leader. */
export interface QuorumPair {
  readonly learner: QuorumServer;
  readonly leader: QuorumServer;
  /** The link as the learner knows it. */
  readonly outgoing: LinkId;
  /** The link as the leader knows it. */
  readonly incoming: LinkId;
}

export interface SeenLink {
  readonly link: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  readonly port: QuorumPort;
}

export class QuorumRecorder implements QuorumTransportHandler {
  readonly ups: SeenLink[] = [];
  readonly downs: { readonly link: LinkId; readonly reason: string }[] = [];
  readonly batches: { readonly link: LinkId; readonly packets: QuorumPacket[] }[] = [];
  readonly streams: { readonly link: LinkId; readonly chunks: AsyncIterable<Uint8Array> }[] = [];
  /** In the order in which they came. */
  readonly events: string[] = [];
  onEvent: () => void = () => {};

  packetsOn(link: LinkId): QuorumPacket[] {
    return this.batches.filter((batch) => batch.link === link).flatMap((batch) => batch.packets);
  }

  isDown(link: LinkId): boolean {
    return this.downs.some((down) => down.link === link);
  }

  onLinkUp(link: LinkId, peer: ServerId, direction: 'outgoing' | 'incoming', port: QuorumPort): void {
    this.#note(`up ${link}`);
    this.ups.push({ link, peer, direction, port });
  }

  onPackets(link: LinkId, packets: QuorumPacket[]): void {
    this.#note(`packets ${link}`);
    this.batches.push({ link, packets });
  }

  onSnapshot(link: LinkId, chunks: AsyncIterable<Uint8Array>): void {
    this.#note(`snapshot ${link}`);
    this.streams.push({ link, chunks });
  }

  onLinkDown(link: LinkId, reason: string): void {
    this.#note(`down ${link}`);
    this.downs.push({ link, reason });
  }

  #note(event: string): void {
    this.onEvent();
    this.events.push(event);
  }
}

export async function linkBetween(learner: QuorumServer, leader: QuorumServer, port?: QuorumPort): Promise<QuorumPair> {
  const known = new Set(leader.handler.ups);
  const outgoing = learner.transport.connect(serverId(leader.id), port);
  const arrived = (): QuorumRecorder['ups'][number] | undefined =>
    leader.handler.ups.find((up) => up.peer === learner.id && up.direction === 'incoming' && !known.has(up));
  await until(
    () => learner.handler.ups.some((up) => up.link === outgoing) && arrived() !== undefined,
    'the link is up',
  );
  return { learner, leader, outgoing, incoming: arrived()?.link as LinkId };
}

export const received = (server: QuorumServer, link: LinkId, count: number): Promise<void> =>
  until(() => server.handler.packetsOn(link).length >= count, `${count} packets have arrived`);
