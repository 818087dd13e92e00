// Which part of a history is drawn: what was asked for, or as much before the end, or before the offending step, as a page can bear.

import type { Millis } from '@zebu/protocol';
import type { Violation } from '../checkers/checker.ts';
import type { HistoryEvent } from '../history/event.ts';

export interface DiagramWindow {
  readonly from: Millis;
  readonly to: Millis;
}

/** Events that leave something on the page. */
const MAX_DRAWN = 1500;
/** What follows the offending step. */
const AFTER_MS = 100;

export function windowOf(
  history: readonly HistoryEvent[],
  options: {
    readonly from?: Millis | undefined;
    readonly to?: Millis | undefined;
    readonly violation?: Violation | undefined;
  },
): DiagramWindow {
  const { violation } = options;
  const end = history[history.length - 1]?.at ?? 0;
  const to = options.to ?? (violation === undefined ? end : Math.min(end, violation.at + AFTER_MS));
  return { from: options.from ?? beginning(history, to), to };
}

function beginning(history: readonly HistoryEvent[], to: Millis): Millis {
  let count = 0;
  for (let index = history.length - 1; index >= 0; index--) {
    const event = history[index] as HistoryEvent;
    if (event.at > to || !isDrawn(event)) continue;
    count++;
    if (count > MAX_DRAWN) return event.at;
  }
  return history[0]?.at ?? 0;
}

function isDrawn(event: HistoryEvent): boolean {
  if (event.type === 'packetSent' || event.type === 'packetReceived') return event.packet.type !== 'PING';
  return event.type !== 'replied';
}
