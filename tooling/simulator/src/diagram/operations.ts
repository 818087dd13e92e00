// What clients asked for and what they were told, a lane each.

import type { Millis } from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';
import { outcomeInWords, requestInWords, sessionInWords } from './words.ts';

export interface Operation {
  readonly lane: number;
  readonly client: string;
  readonly words: string;
  readonly from: Millis;
  /** Undefined: never answered. */
  readonly to: Millis | undefined;
  readonly index: number;
  readonly answerIndex: number | undefined;
  readonly outcome: 'ok' | 'refused' | 'unknown';
}

/** Something that happened to a client. */
export interface ClientMark {
  readonly lane: number;
  readonly at: Millis;
  readonly index: number;
  readonly kind: 'watch' | 'session' | 'lost';
  readonly words: string;
}

export interface ClientLanes {
  readonly clients: readonly string[];
  readonly operations: readonly Operation[];
  readonly marks: readonly ClientMark[];
}

const UNKNOWN = new Set(['CONNECTIONLOSS', 'SESSIONEXPIRED', 'CLIENT_CLOSED']);

export function clientLanesOf(history: readonly HistoryEvent[]): ClientLanes {
  const lanes = new Map<string, number>();
  const operations: Operation[] = [];
  const marks: ClientMark[] = [];
  const underWay = new Map<string, Operation>();
  for (const [index, event] of history.entries()) {
    if (!('client' in event)) continue;
    const { client, at } = event;
    const lane = lanes.get(client) ?? lanes.size;
    lanes.set(client, lane);
    const mark = (kind: ClientMark['kind'], words: string): void =>
      void marks.push({ lane, at, index, kind, words: `${client}: ${words}` });
    switch (event.type) {
      case 'invoked':
        underWay.set(`${client} ${event.operation}`, {
          lane,
          client,
          words: `${client}: ${requestInWords(event.request)}`,
          from: at,
          to: undefined,
          index,
          answerIndex: undefined,
          outcome: 'unknown',
        });
        break;
      case 'returned': {
        const key = `${client} ${event.operation}`;
        const operation = underWay.get(key);
        underWay.delete(key);
        if (operation === undefined) break;
        const { outcome } = event;
        operations.push({
          ...operation,
          words: `${operation.words}\n${outcomeInWords(outcome)}`,
          to: at,
          answerIndex: index,
          outcome: outcome.ok ? 'ok' : UNKNOWN.has(outcome.error) ? 'unknown' : 'refused',
        });
        break;
      }
      case 'sessionConnected':
        mark(
          'session',
          `session ${sessionInWords(event.sessionId)} ${event.reattached ? 'is back' : 'begins'} at server ${event.server}`,
        );
        break;
      case 'sessionDisconnected':
        mark('lost', `session ${sessionInWords(event.sessionId)} has lost its server`);
        break;
      case 'sessionExpired':
        mark('lost', `session ${sessionInWords(event.sessionId)} has expired`);
        break;
      case 'sessionAbandoned':
        mark('lost', `leaves session ${sessionInWords(event.sessionId)} to expire`);
        break;
      case 'sessionClosed':
        mark('session', `session ${sessionInWords(event.sessionId)} is closed`);
        break;
      case 'watchFired':
        mark('watch', `watch ${event.watch} fires: ${event.event} ${event.path}`);
        break;
      case 'answeredWithoutQuorum':
        mark('session', `server ${event.server} without a quorum answers a ${event.answer.to} of ${event.path}`);
        break;
      case 'replied':
        break;
    }
  }
  return { clients: [...lanes.keys()], operations: [...operations, ...underWay.values()], marks };
}

/** Only the lanes of those who did or suffered something of this, side by side. */
export function usedLanes({ clients, operations, marks }: ClientLanes): ClientLanes {
  const used = [...new Set([...operations, ...marks].map(({ lane }) => lane))].sort((left, right) => left - right);
  const numbers = new Map(used.map((lane, index) => [lane, index]));
  const moved = <Item extends { readonly lane: number }>(item: Item): Item => ({
    ...item,
    lane: numbers.get(item.lane) ?? 0,
  });
  return {
    clients: used.map((lane) => clients[lane] ?? ''),
    operations: operations.map(moved),
    marks: marks.map(moved),
  };
}
