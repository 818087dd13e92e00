// Messages as arrows: what was sent is found again where it arrived. Links are FIFO, so what was passed over is lost.

import type { Millis, ServerId } from '@zebu/protocol';
import type { HistoryEvent, MessageFact } from '../history/event.ts';
import { messageInWords } from './words.ts';

export type ArrowKind =
  | 'election'
  | 'discovery'
  | 'synchronization'
  | 'proposal'
  | 'acknowledgement'
  | 'commit'
  | 'request';

export interface Arrow {
  readonly from: ServerId;
  readonly to: ServerId;
  readonly kind: ArrowKind;
  readonly words: string;
  readonly sentAt: Millis;
  /** Undefined: it never arrived. */
  receivedAt: Millis | undefined;
  readonly sentIndex: number;
  receivedIndex: number | undefined;
}

export interface Messages {
  readonly arrows: readonly Arrow[];
  /** PINGs say nothing but that a peer lives; they are counted. */
  readonly pingCount: number;
}

/** Few messages take that long. */
const OLD_MS: Millis = 250;

export function pairMessages(history: readonly HistoryEvent[]): Messages {
  const arrows: Arrow[] = [];
  const underWay = new Map<string, Arrow[]>();
  let pingCount = 0;
  for (const [index, event] of history.entries()) {
    if (!isMessage(event)) continue;
    const kind = kindOf(event);
    if (kind === undefined) {
      if (event.type === 'packetSent') pingCount++;
      continue;
    }
    const isPacket = event.type === 'packetSent' || event.type === 'packetReceived';
    const key = `${isPacket ? 'packet' : 'vote'} ${event.from} ${event.to}`;
    const queue = underWay.get(key) ?? [];
    underWay.set(key, queue);
    if (event.type === 'packetSent' || event.type === 'notificationSent') {
      const { from, to, at } = event;
      const arrow: Arrow = {
        from,
        to,
        kind,
        words: messageInWords(event),
        sentAt: at,
        receivedAt: undefined,
        sentIndex: index,
        receivedIndex: undefined,
      };
      arrows.push(arrow);
      queue.push(arrow);
    } else {
      arrive(queue, messageInWords(event), event.at, index);
    }
  }
  return { arrows: together(arrows), pingCount };
}

/** What left and arrived at one moment is one arrow: they would lie on each other. */
function together(arrows: readonly Arrow[]): Arrow[] {
  const merged: Arrow[] = [];
  const last = new Map<string, number>();
  for (const arrow of arrows) {
    const link = `${arrow.from} ${arrow.to}`;
    const index = last.get(link);
    const before = index === undefined ? undefined : merged[index];
    if (index !== undefined && before?.sentAt === arrow.sentAt && before.receivedAt === arrow.receivedAt) {
      merged[index] = { ...before, words: `${before.words}, ${arrow.words}` };
    } else {
      last.set(link, merged.push(arrow) - 1);
    }
  }
  return merged;
}

function arrive(queue: Arrow[], words: string, at: Millis, index: number): void {
  const found = indexOfSent(queue, words, at);
  if (found < 0) return;
  const arrow = queue[found] as Arrow;
  arrow.receivedAt = at;
  arrow.receivedIndex = index;
  queue.splice(0, found + 1);
}

/** The oldest; but what is said again and again has been lost if it is old and was said anew since. */
function indexOfSent(queue: readonly Arrow[], words: string, at: Millis): number {
  const oldest = queue.findIndex((arrow) => arrow.words === words);
  const young = queue.findIndex((arrow) => arrow.words === words && at - arrow.sentAt < OLD_MS);
  return young < 0 ? oldest : young;
}

const isMessage = (event: HistoryEvent): event is { readonly at: Millis } & MessageFact =>
  event.type === 'packetSent' ||
  event.type === 'packetReceived' ||
  event.type === 'notificationSent' ||
  event.type === 'notificationReceived';

/** Undefined for what is not drawn. */
function kindOf(fact: MessageFact): ArrowKind | undefined {
  if ('vote' in fact) return 'election';
  switch (fact.packet.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
    case 'LEADERINFO':
    case 'ACKEPOCH':
      return 'discovery';
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'UPTODATE':
      return 'synchronization';
    case 'PROPOSAL':
    case 'INFORM':
    case 'INFORMANDACTIVATE':
      return 'proposal';
    case 'ACK':
      return 'acknowledgement';
    case 'COMMIT':
    case 'COMMITANDACTIVATE':
      return 'commit';
    case 'REQUEST':
    case 'SYNC':
    case 'REVALIDATE':
      return 'request';
    case 'PING':
      return undefined;
  }
}
