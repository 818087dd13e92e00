// One property of a run. A checker reads the events in order and says where they cannot be so; it knows nothing of the code that made them.

import type { Millis, ServerId } from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';

export interface Violation {
  /** Name of the checker. */
  readonly checker: string;
  readonly at: Millis;
  /** Of the event that cannot be; the number of events for what shows at the end alone. */
  readonly eventIndex: number;
  /** A sentence with the zxids, servers, sessions and paths that matter. */
  readonly message: string;
  readonly servers: readonly ServerId[];
}

export interface Checker {
  /** Short, in kebab-case: `one-leader-per-epoch`. */
  readonly name: string;
  /** The property in one sentence, with its number in known-zab-bugs.md where it has one. */
  readonly property: string;
  onEvent(event: HistoryEvent, index: number): void;
  /** After the last event: what should have happened and did not. */
  atEnd(at: Millis, eventCount: number): void;
  readonly violations: readonly Violation[];
}
