// Histories as JSON lines, one event each: what a replay leaves behind, and what tests keep of bad runs.

import { readFileSync, writeFileSync } from 'node:fs';
import type { HistoryEvent } from './event.ts';

export class HistoryFileError extends Error {
  override readonly name = 'HistoryFileError';
  readonly code = 'HISTORY_FILE';
}

export function saveHistory(path: string, events: readonly HistoryEvent[]): void {
  writeFileSync(path, events.map((event) => `${encodeEvent(event)}\n`).join(''));
}

/** Throws HistoryFileError with the number of the line that is no event. */
export function loadHistory(path: string): HistoryEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines.map((line, index) => {
    try {
      return decodeEvent(line);
    } catch (cause) {
      throw new HistoryFileError(`${path}:${index + 1}: no event: ${String(cause)}`, { cause });
    }
  });
}

export const encodeEvent = (event: HistoryEvent): string => JSON.stringify(event, escaped);

export function decodeEvent(line: string): HistoryEvent {
  const event: unknown = JSON.parse(line, unescaped);
  if (typeof event !== 'object' || event === null || !('type' in event) || !('at' in event))
    throw new SyntaxError('an event has a type and a time');
  return event as HistoryEvent;
}

/** JSON has no bigint: `#` and hexadecimal. A text that begins with `#` gets a second one. */
const escaped = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `#${value.toString(16)}`;
  return typeof value === 'string' && value.startsWith('#') ? `#${value}` : value;
};

const unescaped = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'string' || !value.startsWith('#')) return value;
  if (value.startsWith('##')) return value.slice(1);
  return value.startsWith('#-') ? -BigInt(`0x${value.slice(2)}`) : BigInt(`0x${value.slice(1)}`);
};
