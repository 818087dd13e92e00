// Faults as values, so that a schedule can be printed, shortened and played again.

import type { Millis, ServerId } from '@zebu/protocol';

/** Whom a fault hits, decided when it strikes. `follower` counts those that are up and do not lead, in the order of their ids. */
export type Victim =
  | { readonly type: 'leader' }
  | { readonly type: 'follower'; readonly index: number }
  | { readonly type: 'server'; readonly id: ServerId };

export type DamagedFile = 'newestLog' | 'middleLog' | 'newestSnapshot' | 'acceptedEpoch' | 'currentEpoch';

export type Fault =
  /** What was not flushed is lost, in any part. `silent`: nobody is told that the connections are gone before the machine is back. */
  | {
      readonly type: 'powerLoss';
      readonly victims: readonly Victim[];
      readonly downMs: Millis;
      readonly silent: boolean;
    }
  /** kill -9: the page cache stays, a write under way is cut short. */
  | { readonly type: 'kill'; readonly victims: readonly Victim[]; readonly downMs: Millis }
  /** SIGTERM, and started again this long after it has ended. */
  | { readonly type: 'stop'; readonly victims: readonly Victim[]; readonly downMs: Millis }
  /** Everything, at one moment. */
  | { readonly type: 'powerLossOfAll'; readonly downMs: Millis }
  /** SIGSTOP: what arrives waits unread. */
  | { readonly type: 'pause'; readonly victim: Victim; readonly forMs: Millis }
  /** Both ways, connections break. */
  | { readonly type: 'partition'; readonly victims: readonly Victim[]; readonly forMs: Millis }
  /** Nothing from the first reaches the second, and neither notices. */
  | { readonly type: 'oneWayLoss'; readonly from: Victim; readonly to: Victim; readonly forMs: Millis }
  | { readonly type: 'resetLink'; readonly between: readonly [Victim, Victim] }
  | {
      readonly type: 'slowLink';
      readonly between: readonly [Victim, Victim];
      readonly delayMs: Millis;
      readonly forMs: Millis;
    }
  | { readonly type: 'slowDisk'; readonly victim: Victim; readonly flushMs: Millis; readonly forMs: Millis }
  | { readonly type: 'failedWrite' | 'failedFlush'; readonly victim: Victim; readonly code: 'EIO' | 'ENOSPC' }
  /** Writes fail with ENOSPC until there is room again; what then ended is started anew. */
  | { readonly type: 'fullDisk'; readonly victim: Victim; readonly forMs: Millis }
  /** A power failure after which a file is gone, or has a flipped bit. */
  | {
      readonly type: 'lostFile' | 'flippedBit';
      readonly victim: Victim;
      readonly file: DamagedFile;
      readonly downMs: Millis;
    }
  /** Of the wall clock. */
  | { readonly type: 'clockJump'; readonly victim: Victim; readonly byMs: number }
  /** The monotonic clock runs at this rate. */
  | { readonly type: 'clockDrift'; readonly victim: Victim; readonly rate: number; readonly forMs: Millis }
  /** What is committed is applied late. */
  | { readonly type: 'slowApply'; readonly victim: Victim; readonly delayMs: Millis; readonly forMs: Millis }
  /** The clients' connections to a server break. */
  | { readonly type: 'dropClients'; readonly victim: Victim }
  /** Asked to let another server lead: that one, or any. Who does not lead refuses. */
  | { readonly type: 'transfer'; readonly victim: Victim; readonly to: Victim | undefined };

export type FaultType = Fault['type'];

/** `at` counts from the beginning of the run. */
export interface FaultStep {
  readonly at: Millis;
  readonly fault: Fault;
}
