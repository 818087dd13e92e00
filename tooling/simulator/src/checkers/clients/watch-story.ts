// What a watch is about: which changes it waits for, what it was told and when, and how far its session had seen by then.

import type { Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import {
  type Change,
  type ClientRecord,
  type DoneChange,
  inOrder,
  type Operation,
  parentOf,
  type SessionRecord,
} from './client-record.ts';

export type WatchEventName = Extract<HistoryEvent, { type: 'watchFired' }>['event'];

export interface Firing {
  readonly index: number;
  readonly at: number;
  readonly event: WatchEventName;
  readonly path: string;
}

export interface Watch {
  readonly operation: Operation;
  readonly kind: 'data' | 'exists' | 'children' | 'persistent' | 'recursive';
  readonly path: string;
  /** What it was told; not that it was lost with its session. */
  readonly firings: Firing[];
}

/** A change as a watch would tell it. */
export interface Telling {
  readonly event: WatchEventName;
  readonly path: string;
  readonly change: Change;
}

export function watchOf(operation: Operation): Watch | undefined {
  const { request, outcome } = operation;
  if (!('watch' in request) || request.watch === undefined || outcome === undefined) return undefined;
  const { path } = request;
  if (request.type === 'addWatch') {
    return outcome.ok
      ? { operation, kind: request.recursive ? 'recursive' : 'persistent', path, firings: [] }
      : undefined;
  }
  if (request.type === 'exists') {
    if (!outcome.ok && outcome.error !== 'NONODE') return undefined;
    return { operation, kind: outcome.ok ? 'data' : 'exists', path, firings: [] };
  }
  // A read that failed leaves no watch.
  if (!outcome.ok) return undefined;
  return { operation, kind: request.type === 'getData' ? 'data' : 'children', path, firings: [] };
}

const EVENTS = { create: 'created', setData: 'dataChanged', delete: 'deleted' } as const;

/** How the watch would tell of the change; undefined when it is none of its business. */
export function tellingOf({ kind, path: watched }: Watch, change: Change): Telling | undefined {
  const { path, request } = change;
  if (path === undefined) return undefined;
  const event = EVENTS[request.type];
  if (kind === 'recursive') return isBelow(path, watched) ? { event, path, change } : undefined;
  if (path === watched) {
    if (kind === 'exists' && event !== 'created') return undefined;
    if (kind === 'children' && event !== 'deleted') return undefined;
    return { event, path, change };
  }
  const concernsChildren = kind === 'children' || kind === 'persistent';
  if (!concernsChildren || event === 'dataChanged' || parentOf(path) !== watched) return undefined;
  return { event: 'childrenChanged', path: watched, change };
}

const isBelow = (path: string, root: string): boolean => root === '/' || path === root || path.startsWith(`${root}/`);

/** All that was done, in the order of zxids. */
export function changesOf(record: ClientRecord): DoneChange[] {
  return inOrder([...record.paths.values()].flatMap(({ changes }) => changes));
}

/** The zxid of the last answer that the session had before this event. */
export function heardBefore({ answered }: SessionRecord, index: number): Zxid {
  const last = answered.findLast(
    ({ returnedIndex, request }) => returnedIndex < index && request.type !== 'closeSession',
  );
  return (last?.outcome?.zxid ?? 0n) as Zxid;
}
