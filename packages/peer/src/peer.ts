// What the shell sees of a server, whether it has a quorum or stands alone.

import type { ManagementView } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';
import type { PeerEffect, PeerInput } from './messages.ts';
import type { Now } from './options.ts';

export interface Peer {
  /** One input at a time, to its end. */
  step(input: PeerInput, now: Now): PeerEffect[];
  /** When `tick` is next due; undefined if nothing is pending. */
  nextWakeup(): Millis | undefined;
  /** False: new client connections are refused. */
  readonly serving: boolean;
  view(): ManagementView;
}
