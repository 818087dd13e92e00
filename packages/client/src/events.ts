// What a client tells its listeners.

import type { ServerAddress, SessionId } from '@zebu/protocol';
import { WatchEventType } from '@zebu/protocol';

export type SessionEvent =
  /**
   * `reattached`: the same session as before, over another connection. Otherwise it is new. `connectedReadOnly`: to a server without a quorum,
   * for a client that is content with reads; its session is over when the connection is, and the next server gives another.
   */
  | {
      readonly type: 'connected' | 'connectedReadOnly';
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly reattached: boolean;
      readonly server: ServerAddress;
    }
  /** Calls under way were rejected; the client is looking for another server, and the session may live on. */
  | { readonly type: 'disconnected'; readonly error: Error }
  /** The session's ephemeral znodes and watches are gone. Nothing follows but `closed`. */
  | { readonly type: 'expired' }
  /** The last event. */
  | { readonly type: 'closed' };

/** The watch of a read fires once: set another with the read that follows. One of `addWatch` stays. */
export interface WatchEvent {
  /** `sessionLost`: the session expired or the client was closed, so the watch will never fire. */
  readonly type: 'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'sessionLost';
  readonly path: string;
}

const WATCH_EVENT_NAMES: ReadonlyMap<number, WatchEvent['type']> = new Map<number, WatchEvent['type']>([
  [WatchEventType.NODE_CREATED, 'created'],
  [WatchEventType.NODE_DELETED, 'deleted'],
  [WatchEventType.NODE_DATA_CHANGED, 'dataChanged'],
  [WatchEventType.NODE_CHILDREN_CHANGED, 'childrenChanged'],
]);

/** Undefined for a type that no watch of ours asks for. */
export const watchEventName = (type: number): WatchEvent['type'] | undefined => WATCH_EVENT_NAMES.get(type);

export type SessionListener = (event: SessionEvent) => void;
export type WatchListener = (event: WatchEvent) => void;

/**
 * Calls a listener after the promises that were settled before it: whoever awaits a read has its value before the watch
 * that the read left can fire. A listener that throws, or returns a promise that rejects, disturbs nobody else.
 */
export function deliver<E>(listener: (event: E) => void, event: E, onError: (error: unknown) => void): void {
  void Promise.resolve(event).then(listener).catch(onError);
}
