// The properties that clients see, one a file.

import type { Checker } from '../checker.ts';
import { AcknowledgedWritesSurvive } from './acknowledged-writes-survive.ts';
import { type ClientLimits, DEFAULT_CLIENT_LIMITS } from './client-limits.ts';
import { ClientRecord } from './client-record.ts';
import { ContainersAndTtls } from './containers-and-ttls.ts';
import { EphemeralsLiveWithTheirSession } from './ephemerals-live-with-their-session.ts';
import { LinearizableWrites } from './linearizable-writes.ts';
import { MultiIsAtomic } from './multi-is-atomic.ts';
import { ReadsAtTheirZxid } from './reads-at-their-zxid.ts';
import { ReadsWithoutQuorum } from './reads-without-quorum.ts';
import { ReconfigsInOrder } from './reconfigs-in-order.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { SessionOrder } from './session-order.ts';
import { SyncThenRead } from './sync-then-read.ts';
import { WatchesNeitherLostNorLate } from './watches-neither-lost-nor-late.ts';

export type { ClientLimits } from './client-limits.ts';

/** All of them over one record of what clients did; they must be handed the same events in the same order. */
export function clientCheckers(limits: ClientLimits = DEFAULT_CLIENT_LIMITS): Checker[] {
  const record = new ClientRecord();
  return [
    new AcknowledgedWritesSurvive(record),
    new LinearizableWrites(record),
    new ReadsAtTheirZxid(record),
    new ReadsWithoutQuorum(record),
    new SyncThenRead(record),
    new SessionOrder(record),
    new EphemeralsLiveWithTheirSession(record, limits),
    new WatchesNeitherLostNorLate(record),
    new MultiIsAtomic(record),
    new ContainersAndTtls(record, limits),
    new SequenceNumbers(record),
    new ReconfigsInOrder(record),
  ];
}
