// What each server was, from when to when.

import type { Millis, ServerId, ServerState } from '@zebu/protocol';
import type { HistoryEvent, ServerFact } from '../history/event.ts';

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
    const next = afterwards(event, last);
    if (next !== undefined) begin(next, event.at);
  }
  return spans.filter(({ from, to }) => to > from);
}

/** Undefined when it stays what it is. */
function afterwards(fact: { readonly server: ServerId } & ServerFact, last: Present): Present | undefined {
  const { server } = fact;
  if (fact.type === 'started') return { ...down(server), state: 'starting' };
  if (fact.type === 'ended' || fact.type === 'refusedToStart') return down(server);
  if (fact.type === 'paused' || fact.type === 'resumed') return { ...last, paused: fact.type === 'paused' };
  if (fact.type !== 'role') return undefined;
  const { state, epoch, serving } = fact;
  return { server, state, epoch, serving, paused: last.paused };
}

const down = (server: ServerId): Present => ({
  server,
  state: 'down',
  epoch: undefined,
  serving: false,
  paused: false,
});
