// Deliberate faults, to show that the seeds would notice them.

import type { Storage, TxnLog } from '@zebu/interfaces';
import type { Peer, PeerEffect } from '@zebu/peer';

/** A log that calls a flush done before it is. */
export function acknowledgeBeforeFlush(storage: Storage): Storage {
  const { log } = storage;
  const hasty: TxnLog = {
    get lastLoggedZxid() {
      return log.lastLoggedZxid;
    },
    get lastFlushedZxid() {
      return log.lastFlushedZxid;
    },
    append: (txns) => log.append(txns),
    flush: () => {
      log.flush().catch(() => undefined);
      return Promise.resolve();
    },
    roll: () => log.roll(),
    cutBack: () => log.cutBack(),
    read: (after, maxBytes) => log.read(after, maxBytes),
    locate: (zxid) => log.locate(zxid),
    sizeAfter: (after) => log.sizeAfter(after),
    truncate: (zxid) => log.truncate(zxid),
    pin: (after) => log.pin(after),
  };
  return { log: hasty, snapshots: storage.snapshots, epochs: storage.epochs, close: () => storage.close() };
}

/** A learner that makes currentEpoch durable before the history that it speaks for (ZOOKEEPER-4643). */
export function epochBeforeHistory(peer: Peer): Peer {
  let held: PeerEffect[] = [];
  const reorder = (effects: readonly PeerEffect[]): PeerEffect[] => {
    const synchronizing = peer.view().state === 'FOLLOWING' && !peer.serving;
    const reordered: PeerEffect[] = [];
    for (const effect of effects) {
      if (effect.type === 'logTxns' && synchronizing) {
        held.push(effect);
        continue;
      }
      reordered.push(effect);
      if (effect.type === 'writeCurrentEpoch') reordered.push(...held);
      if (effect.type === 'writeCurrentEpoch' || effect.type === 'fence') held = [];
    }
    return reordered;
  };
  return {
    step: (input, now) => reorder(peer.step(input, now)),
    nextWakeup: () => peer.nextWakeup(),
    get serving() {
      return peer.serving;
    },
    view: () => peer.view(),
  };
}
