// What answers a request when that may be too much for one step.

import type { WatchEventSink } from '@zebu/datatree';
import type { JuteWriter } from '@zebu/jute';
import type { ErrorCode } from '@zebu/protocol';

export interface LongWork {
  /**
   * Does a slice: appends to the body of the answer, and to the events that go ahead of it. False once there is no more to do.
   * Throws JuteError when the request turns out to be malformed.
   */
  next(body: JuteWriter, events: WatchEventSink): boolean;
  /** What stands in front of the body, and is known last. */
  readonly opening: Uint8Array;
  readonly outcome: ErrorCode;
  /** Frees what was kept for it, done or not. */
  close(): void;
}

/** Below what a client may leave unread before client-port cuts it off (64 MiB). */
export const MAX_ANSWER_BYTES = 60 * 1024 * 1024;
export const NO_BYTES = new Uint8Array(0);
