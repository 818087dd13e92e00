// Carries a recovery out. In this order a crash leaves a directory that is fenced in part, and on which the command can be given again.

import { encodeTxn, JuteWriter } from '@zebu/jute';
import type { ConfigurationStore, Storage } from '@zebu/interfaces';
import {
  type Ensemble,
  type Epoch,
  formatEnsemble,
  makeZxid,
  NO_SESSION,
  OpCode,
  type TxnBytes,
  type WallClockMs,
} from '@zebu/protocol';
import { type DirectoryPlace, mendDirectory } from '@zebu/txnlog';
import type { RecoveryPlan } from './recovery-plan.ts';
import { readTree } from './tree-at-rest.ts';

const CONFIG_PATH = '/zookeeper/config';
/** No setData of a client has written it. */
const NO_VERSION = -1;

export interface Recovery {
  readonly plan: RecoveryPlan;
  readonly place: DirectoryPlace;
  /** Files of the configuration, where they are kept. */
  readonly configurations: () => Promise<Pick<ConfigurationStore, 'write'> | undefined>;
  readonly time: WallClockMs;
}

export async function performRecovery({ plan, place, configurations, time }: Recovery): Promise<void> {
  const { best, fence, ensemble } = plan;
  const next = (fence + 1) as Epoch;
  const storage = await mendDirectory(place, best.found, readTree);
  try {
    await storage.epochs.writeAcceptedEpoch(next);
    if (ensemble !== undefined) await logEnsemble(storage, { ensemble, fence, next, time });
    await storage.epochs.writeCurrentEpoch(next);
    await storage.damage.remove({ votes: false });
  } finally {
    await storage.close();
  }
  if (ensemble !== undefined) await (await configurations())?.write(ensemble);
}

/**
 * The change of the ensemble is a txn of the history, as any is, and one of a later epoch behind it proves that it is committed
 * (docs/decisions/0005): otherwise a quorum of the lost servers would be needed, too.
 */
async function logEnsemble(
  storage: Storage,
  { ensemble, fence, next, time }: { ensemble: Ensemble; fence: Epoch; next: Epoch; time: WallClockMs },
): Promise<void> {
  const header = { sessionId: NO_SESSION, cxid: 0, time };
  const data = new TextEncoder().encode(formatEnsemble(ensemble));
  storage.log.append([
    bytesOf(
      { ...header, zxid: makeZxid(fence, 1), type: OpCode.RECONFIG },
      { type: 'setData', path: CONFIG_PATH, data, version: NO_VERSION },
    ),
    bytesOf({ ...header, zxid: makeZxid(next, 1), type: OpCode.ERROR }, { type: 'error', error: 0 }),
  ]);
  await storage.log.flush();
}

function bytesOf(header: Parameters<typeof encodeTxn>[1], txn: Parameters<typeof encodeTxn>[2]): TxnBytes {
  const writer = new JuteWriter();
  encodeTxn(writer, header, txn);
  return writer.take() as TxnBytes;
}
