// A learner without a world, for packets that no leader of ours sends: where a schedule cannot happen between servers, it is shown here.
// Zxids are written 2:3, counter 3 of epoch 2.

import type { FlushToken, LinkId, Logger } from '@zebu/interfaces';
import { Learner, type LearnerEffect } from '@zebu/learner';
import {
  counterOf,
  type Epoch,
  epochOf,
  makeZxid,
  type QuorumPacket,
  type ServerId,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';

export type LeaderWord =
  | { readonly type: 'DIFF' | 'TRUNC'; readonly to: string }
  | { readonly type: 'PROPOSAL'; readonly txns: readonly string[] }
  | { readonly type: 'COMMIT'; readonly zxid: string }
  | { readonly type: 'NEWLEADER' | 'UPTODATE' };

const quiet = (): void => undefined;
const QUIET: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const LINK = 1 as LinkId;

export class LearnerAlone {
  readonly #learner: Learner;
  readonly #epoch: Epoch;
  #flushCount = 0;
  readonly log: string[];
  readonly delivered: string[] = [];
  /** Zxids that it acknowledged. */
  readonly acknowledged: string[] = [];
  /** Why it left its leader. */
  abandoned: string | undefined;

  /** Connected, and with the leader's epoch accepted. */
  constructor({ epoch, logged }: { readonly epoch: number; readonly logged: readonly string[] }) {
    this.#epoch = epoch as Epoch;
    this.log = [...logged];
    const last = zxid(logged.at(-1) ?? '0:0');
    this.#learner = new Learner(
      {
        self: 2 as ServerId,
        leader: 3 as ServerId,
        nextFlushToken: () => ++this.#flushCount as FlushToken,
        logger: QUIET,
      },
      { role: 'follower', votes: true, tickTimeMs: 100, initLimit: 10, syncLimit: 5, configVersion: 0n },
      {
        acceptedEpoch: (epoch - 1) as Epoch,
        currentEpoch: (epoch - 1) as Epoch,
        lastDeliveredZxid: last,
        tail: [],
        hasHistory: true,
        damaged: false,
      },
    );
    this.#step({ type: 'start' });
    this.#step({ type: 'dialled', link: LINK });
    this.#step({ type: 'linkUp', link: LINK });
    this.#receive({ type: 'LEADERINFO', epoch: this.#epoch });
    this.disks();
  }

  receives(word: LeaderWord): void {
    switch (word.type) {
      case 'DIFF':
      case 'TRUNC':
        return this.#receive({ type: word.type, zxid: zxid(word.to) });
      case 'PROPOSAL':
        return this.#receive({ type: 'PROPOSAL', txns: word.txns.map(txn) });
      case 'COMMIT':
        return this.#receive({ type: 'COMMIT', zxid: zxid(word.zxid) });
      case 'NEWLEADER':
        return this.#receive({ type: 'NEWLEADER', zxid: makeZxid(this.#epoch, 0) });
      case 'UPTODATE':
        return this.#receive({ type: 'UPTODATE', zxid: makeZxid(this.#epoch, 0), configuration: '' });
    }
  }

  /** Everything that it asked for is on disk. */
  disks(): void {
    this.#step({ type: 'flushed', token: this.#flushCount as FlushToken });
  }

  #receive(packet: QuorumPacket): void {
    this.#step({ type: 'packets', link: LINK, packets: [packet] });
  }

  #step(input: Parameters<Learner['step']>[0]): void {
    for (const effect of this.#learner.step(input, 0)) this.#perform(effect);
  }

  #perform(effect: LearnerEffect): void {
    if (effect.type === 'logTxns') this.log.push(...effect.txns.map((bytes) => show(txnZxid(bytes))));
    else if (effect.type === 'deliver') this.delivered.push(...effect.txns.map((bytes) => show(txnZxid(bytes))));
    else if (effect.type === 'abandon') this.abandoned = effect.reason;
    else if (effect.type === 'send') {
      for (const packet of effect.packets) if (packet.type === 'ACK') this.acknowledged.push(show(packet.zxid));
    }
  }
}

function zxid(text: string): Zxid {
  const [epoch, counter] = text.split(':');
  return makeZxid(Number(epoch) as Epoch, Number(counter));
}

const show = (value: Zxid): string => `${epochOf(value)}:${counterOf(value)}`;

function txn(text: string): TxnBytes {
  const bytes = new Uint8Array(TXN_HEADER_BYTES);
  new DataView(bytes.buffer).setBigUint64(12, zxid(text));
  return bytes;
}
