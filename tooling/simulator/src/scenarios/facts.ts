// What a story may ask of the history so far: the logs as they stand, the disks, how learners were synced. It reads events, and nothing else.

import type { Epoch, QuorumPacketType, ServerId, Zxid } from '@zebu/protocol';
import type { HistoryEvent, PacketSummary } from '../history/event.ts';
import type { SyncPath } from '../run/outcome.ts';

export interface DiskState {
  readonly lastLoggedZxid: Zxid;
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  readonly damaged?: true;
}

interface Packet {
  readonly index: number;
  readonly from: ServerId;
  readonly to: ServerId;
  readonly packet: PacketSummary;
}

export class Facts {
  readonly events: HistoryEvent[] = [];
  readonly received: Packet[] = [];
  readonly sent: Packet[] = [];
  readonly #servers = new Map<ServerId, { readonly index: number; readonly event: HistoryEvent }[]>();
  readonly #logs = new Map<ServerId, Zxid[]>();
  readonly #flushed = new Map<ServerId, Zxid>();
  readonly #disks = new Map<ServerId, DiskState>();
  readonly #applied = new Map<ServerId, Zxid>();
  readonly #refusals = new Map<ServerId, string>();
  readonly #syncs: { readonly index: number; readonly learner: ServerId; readonly path: SyncPath }[] = [];
  /** Index of the event by which the server last began to look for a leader. */
  readonly #looking = new Map<ServerId, number>();
  readonly #digests = new Map<Zxid, { readonly digest: string; readonly server: ServerId }>();
  /** Servers whose trees differed at one zxid. */
  readonly differences: string[] = [];

  readonly onEvent = (event: HistoryEvent): void => {
    const index = this.events.push(event) - 1;
    if (event.type === 'packetReceived') this.received.push({ index, ...event });
    else if (event.type === 'packetSent') this.sent.push({ index, ...event });
    else if ('server' in event && event.type !== 'replied') this.#onServer(event, index);
  };

  get count(): number {
    return this.events.length;
  }

  /** As far as it was handed to the log, and not cut off again. Begins anew at a snapshot that was installed. */
  log(server: ServerId): readonly Zxid[] {
    return this.#logs.get(server) ?? [];
  }

  flushedZxid(server: ServerId): Zxid {
    return this.#flushed.get(server) ?? (-1n as Zxid);
  }

  appliedZxid(server: ServerId): Zxid {
    return this.#applied.get(server) ?? (-1n as Zxid);
  }

  /** When it was last looked at: at a start, and between two roles. */
  disk(server: ServerId): DiskState | undefined {
    return this.#disks.get(server);
  }

  /** Why the server would not start, the last time. */
  refusal(server: ServerId): string | undefined {
    return this.#refusals.get(server);
  }

  /** How the learner was last synced since it began to look for a leader. */
  syncPath(learner: ServerId): SyncPath | undefined {
    const since = this.#looking.get(learner) ?? 0;
    return this.#syncs.findLast((sync) => sync.learner === learner && sync.index > since)?.path;
  }

  /** Packets of the types that reached the server from an event on, in order. */
  packetsTo(server: ServerId, types: readonly QuorumPacketType[], since = 0): PacketSummary[] {
    return newest(this.received, since, ({ to, packet }) => to === server && types.includes(packet.type)).map(packetOf);
  }

  packetsFrom(server: ServerId, types: readonly QuorumPacketType[], since = 0): PacketSummary[] {
    return newest(this.sent, since, ({ from, packet }) => from === server && types.includes(packet.type)).map(packetOf);
  }

  of<Type extends HistoryEvent['type']>(
    server: ServerId,
    type: Type,
    since = 0,
  ): Extract<HistoryEvent, { type: Type }>[] {
    return newest(this.#servers.get(server) ?? [], since, ({ event }) => event.type === type).map(
      ({ event }) => event as Extract<HistoryEvent, { type: Type }>,
    );
  }

  #onServer(event: Extract<HistoryEvent, { server: ServerId }>, index: number): void {
    const { server } = event;
    const events = this.#servers.get(server);
    if (events === undefined) this.#servers.set(server, [{ index, event }]);
    else events.push({ index, event });
    if (event.type === 'started') {
      this.#looking.set(server, index);
      this.#refusals.delete(server);
    } else if (event.type === 'refusedToStart') this.#refusals.set(server, event.reason);
    else if (event.type === 'synced') this.#syncs.push({ index, learner: event.learner, path: event.path });
    else if (event.type === 'role') {
      if (event.state === 'LOOKING') this.#looking.set(server, index);
    } else if (event.type === 'applied') {
      this.#applied.set(server, event.zxid);
      this.#compare(server, event.zxid, event.digest);
    } else this.#onLog(server, event);
  }

  #onLog(server: ServerId, event: HistoryEvent): void {
    if (event.type === 'appended') this.#logs.set(server, [...this.log(server), ...event.txns.map(({ zxid }) => zxid)]);
    else if (event.type === 'flushed') this.#flushed.set(server, event.zxid);
    else if (event.type === 'truncated') {
      if (event.done) this.#cut(server, event.zxid);
    } else if (event.type === 'cutBack') this.#cut(server, event.zxid);
    else if (event.type === 'snapshotInstalled') this.#logs.set(server, [event.zxid]);
    else if (event.type === 'diskState') {
      this.#disks.set(server, event);
      this.#cut(server, event.lastLoggedZxid);
    }
  }

  #cut(server: ServerId, last: Zxid): void {
    this.#logs.set(
      server,
      this.log(server).filter((zxid) => zxid <= last),
    );
  }

  #compare(server: ServerId, zxid: Zxid, digest: string): void {
    const known = this.#digests.get(zxid);
    if (known === undefined) this.#digests.set(zxid, { digest, server });
    else if (known.digest !== digest)
      this.differences.push(`the trees of servers ${known.server} and ${server} differ at 0x${zxid.toString(16)}`);
  }
}

const packetOf = ({ packet }: Packet): PacketSummary => packet;

/** Those from an event on for which it is so, in order: looked at from the end, because stories ask for what has just happened. */
function newest<Entry extends { readonly index: number }>(
  entries: readonly Entry[],
  since: number,
  isSo: (entry: Entry) => boolean,
): Entry[] {
  const found: Entry[] = [];
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at] as Entry;
    if (entry.index < since) break;
    if (isSo(entry)) found.push(entry);
  }
  return found.reverse();
}
