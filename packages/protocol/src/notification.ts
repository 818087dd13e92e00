// One message of the election port.

import type { ServerState, Vote } from './vote.ts';

export const MAX_NOTIFICATION_EXTENSION_BYTES = 4096;
/** What a configuration takes as text, on the wire and as the data of its znode. */
export const MAX_CONFIGURATION_BYTES = 512 * 1024;

export interface Notification {
  /** State of the sender. */
  readonly state: ServerState;
  readonly vote: Vote;
  /** Logical clock of the sender's election round (ZooKeeper's electionEpoch). */
  readonly electionEpoch: bigint;
  /** Version of the sender's ensemble configuration; 0 until reconfigured. */
  readonly configVersion: bigint;
  /** Text of that configuration, for a server that seems to know only an older; at most MAX_CONFIGURATION_BYTES. */
  readonly configuration?: string;
  /** Read by the election module alone; at most MAX_NOTIFICATION_EXTENSION_BYTES. */
  readonly extension?: Uint8Array;
}
