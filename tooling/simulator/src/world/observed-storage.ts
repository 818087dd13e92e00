// A server's storage, with what becomes of it written down: facts, once they are so.

import type { DamageMark, EpochStore, SnapshotStore, Storage, TxnLog } from '@zebu/interfaces';
import { type Epoch, txnZxid, type Zxid } from '@zebu/protocol';
import type { ServerFact } from '../history/event.ts';
import { summariesOf } from './txn-summary.ts';

type Record = (fact: ServerFact) => void;

export const observedStorage = (storage: Storage, record: Record): Storage => ({
  log: observedLog(storage.log, record),
  snapshots: observedSnapshots(storage.snapshots, record),
  epochs: observedEpochs(storage.epochs, record),
  damage: observedDamage(storage.damage, record),
  close: () => storage.close(),
});

function observedLog(log: TxnLog, record: Record): TxnLog {
  let recordedZxid: Zxid | undefined;
  return {
    get lastLoggedZxid() {
      return log.lastLoggedZxid;
    },
    get lastFlushedZxid() {
      return log.lastFlushedZxid;
    },
    append: (txns) => {
      log.append(txns);
      const [first] = txns;
      if (first === undefined) return;
      // Behind a snapshot that was installed, a zxid comes again.
      if (recordedZxid !== undefined && txnZxid(first) <= recordedZxid) recordedZxid = undefined;
      record({ type: 'appended', txns: summariesOf(txns) });
    },
    flush: async () => {
      await log.flush();
      const zxid = log.lastFlushedZxid;
      if (zxid === recordedZxid) return;
      recordedZxid = zxid;
      record({ type: 'flushed', zxid });
    },
    roll: () => log.roll(),
    cutBack: async () => {
      await log.cutBack();
      record({ type: 'cutBack', zxid: log.lastLoggedZxid });
    },
    read: (after, maxBytes) => log.read(after, maxBytes),
    locate: (zxid) => log.locate(zxid),
    sizeAfter: (after) => log.sizeAfter(after),
    truncate: async (zxid) => {
      const done = await log.truncate(zxid);
      record({ type: 'truncated', zxid, done });
      recordedZxid = undefined;
      return done;
    },
    pin: (after) => log.pin(after),
  };
}

const observedSnapshots = (snapshots: SnapshotStore, record: Record): SnapshotStore => ({
  open: (below) => snapshots.open(below),
  write: async (zxid, body) => {
    await snapshots.write(zxid, body);
    record({ type: 'snapshotWritten', zxid });
  },
  receive: (zxid, body) => snapshots.receive(zxid, body),
  install: async (zxid) => {
    await snapshots.install(zxid);
    record({ type: 'snapshotInstalled', zxid });
  },
  purge: (retainCount) => snapshots.purge(retainCount),
});

const observedDamage = (damage: DamageMark, record: Record): DamageMark => ({
  get stands() {
    return damage.stands;
  },
  found: (error) => damage.found(error),
  remove: async (server) => {
    await damage.remove(server);
    record({ type: 'healed' });
  },
});

function observedEpochs(epochs: EpochStore, record: Record): EpochStore {
  const durable = (which: 'acceptedEpoch' | 'currentEpoch', epoch: Epoch): void =>
    record({ type: 'epochDurable', which, epoch });
  return {
    get acceptedEpoch() {
      return epochs.acceptedEpoch;
    },
    get currentEpoch() {
      return epochs.currentEpoch;
    },
    writeAcceptedEpoch: async (epoch) => {
      await epochs.writeAcceptedEpoch(epoch);
      durable('acceptedEpoch', epoch);
    },
    writeCurrentEpoch: async (epoch) => {
      await epochs.writeCurrentEpoch(epoch);
      durable('currentEpoch', epoch);
    },
  };
}
