// What each server was, from when to when.

import type { Millis, ServerId, ServerState } from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';

export interface Span {
  readonly server: ServerId;
  /** A server that is up and has no role looks. */
  readonly state: ServerState | 'down' | 'starting';
  readonly epoch: number | undefined;
  readonly serving: boolean;
  readonly paused: boolean;
  readonly from: Millis;
  to: Millis;
}

type Present = Omit<Span, 'from' | 'to'>;

export function lifelinesOf(history: readonly HistoryEvent[], servers: readonly ServerId[], end: Millis): Span[] {
  const spans: Span[] = [];
  const open = new Map<ServerId, Span>();
  const begin = (present: Present, at: Millis): void => {
    const last = open.get(present.server);
    if (last !== undefined) last.to = at;
    const span: Span = { ...present, from: at, to: end };
    open.set(present.server, span);
    spans.push(span);
  };
  const start = history[0]?.at ?? 0;
  for (const server of servers) begin(down(server), start);
  for (const event of history) {
    if (!('server' in event) || 'client' in event) continue;
    const last = open.get(event.server);
    if (last === undefined) continue;
    switch (event.type) {
      case 'started':
        begin({ ...down(event.server), state: 'starting' }, event.at);
        break;
      case 'ended':
      case 'refusedToStart':
        begin(down(event.server), event.at);
        break;
      case 'paused':
      case 'resumed':
        begin({ ...last, paused: event.type === 'paused' }, event.at);
        break;
      case 'role':
        begin(
          {
            server: event.server,
            state: event.state,
            epoch: event.epoch,
            serving: event.serving,
            paused: last.paused,
          },
          event.at,
        );
        break;
      default:
        break;
    }
  }
  return spans.filter(({ from, to }) => to > from);
}

const down = (server: ServerId): Present => ({
  server,
  state: 'down',
  epoch: undefined,
  serving: false,
  paused: false,
});
