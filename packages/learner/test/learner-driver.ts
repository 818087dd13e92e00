// One learner whose leader, disk and tree are played by the test. Zxids are written 2:3, counter 3 of epoch 2.

import type { FlushToken, LinkId, Logger } from '@zebu/interfaces';
import {
  Learner,
  type LearnerEffect,
  type LearnerInput,
  type LearnerMasterAddress,
  type LearnerOptions,
} from '@zebu/learner';
import {
  counterOf,
  type Epoch,
  epochOf,
  makeZxid,
  NO_ZXID,
  type QuorumPacket,
  type ServerId,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';

const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export const epoch = (number: number): Epoch => number as Epoch;

export function zxid(text: string): Zxid {
  if (text === '-1') return NO_ZXID;
  const [epochText, counterText] = text.split(':');
  return makeZxid(epoch(Number(epochText)), Number(counterText));
}

export const show = (value: Zxid): string => (value < 0n ? `${value}` : `${epochOf(value)}:${counterOf(value)}`);

/** `1:1..1:3 2:1`: four txns. */
export function run(text: string, bytes = TXN_HEADER_BYTES): TxnBytes[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [first = '', last = first] = word.split('..');
      const txns: TxnBytes[] = [];
      for (let value = zxid(first); value <= zxid(last); value = (value + 1n) as Zxid) {
        const txn = new Uint8Array(bytes);
        new DataView(txn.buffer).setBigUint64(12, value);
        txns.push(txn);
      }
      return txns;
    });
}

export const showRun = (txns: readonly TxnBytes[]): string => txns.map((txn) => show(txnZxid(txn))).join(' ');

function showPacket(packet: QuorumPacket): string {
  switch (packet.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO': {
      const { type, sid, acceptedEpoch, configVersion, needsSnapshot, damaged } = packet;
      const needs = `${needsSnapshot ? ' needs a snapshot' : ''}${damaged ? ' damaged' : ''}`;
      return `${type} ${sid} accepted ${acceptedEpoch} config ${configVersion}${needs}`;
    }
    case 'ACKEPOCH':
      return `ACKEPOCH ${packet.currentEpoch} ${show(packet.lastZxid)}`;
    case 'ACK':
      return `ACK ${show(packet.zxid)}`;
    case 'REQUEST':
      return `REQUEST ${packet.requests.length}${ownerOf(packet)}`;
    case 'SYNC':
      return `SYNC ${packet.syncId}`;
    case 'REVALIDATE':
      return `REVALIDATE ${packet.sessionId}${ownerOf(packet)}`;
    case 'LEADERINFO':
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'UPTODATE':
    case 'PROPOSAL':
    case 'COMMIT':
    case 'INFORM':
    case 'COMMITANDACTIVATE':
    case 'INFORMANDACTIVATE':
    case 'PING':
      return packet.type;
  }
}

const ownerOf = ({ owner }: { readonly owner?: ServerId }): string => (owner === undefined ? '' : ` of ${owner}`);

function showEffect(effect: LearnerEffect): string {
  switch (effect.type) {
    case 'send':
      return effect.packets.map(showPacket).join('; ');
    case 'logTxns':
    case 'deliver':
      return `${effect.type} ${showRun(effect.txns)}`;
    case 'writeAcceptedEpoch':
    case 'writeCurrentEpoch':
    case 'serve':
    case 'rolledOver':
      return `${effect.type} ${effect.epoch}`;
    case 'truncate':
    case 'receiveSnapshot':
    case 'installSnapshot':
      return `${effect.type} ${show(effect.zxid)}`;
    case 'abandon':
      return `abandon: ${effect.reason}`;
    case 'pong':
      return `pong ${effect.round}`;
    case 'syncConfirmed':
      return `syncConfirmed ${effect.syncId}`;
    case 'revalidated':
      return `revalidated ${effect.sessionId} ${effect.valid}`;
    case 'connect':
      return effect.port === 'quorum' && effect.to === 1 ? 'connect' : `connect ${effect.to} ${effect.port}`;
    case 'configured':
    case 'closeLink':
    case 'flush':
    case 'removeDamageMark':
      return effect.type;
  }
}

export interface DriverSetup {
  readonly accepted?: number;
  readonly current?: number;
  readonly delivered?: string;
  readonly tail?: string;
  readonly hasHistory?: boolean;
  readonly damaged?: boolean;
  readonly options?: Partial<LearnerOptions>;
  /** Whom an observer dials, in this order and over again. */
  readonly masters?: readonly LearnerMasterAddress[];
}

export class LearnerDriver {
  readonly learner: Learner;
  now = 0;
  link = 0 as LinkId;
  #flushCount = 0;
  #effects: LearnerEffect[] = [];

  constructor(setup: DriverSetup = {}) {
    const { masters } = setup;
    let tried = 0;
    const nextMaster = (): LearnerMasterAddress => masters?.[tried++ % masters.length] as LearnerMasterAddress;
    const { accepted = 1, current = 1, delivered = '1:2', tail = '', hasHistory = true, damaged = false } = setup;
    this.learner = new Learner(
      {
        self: 3 as ServerId,
        leader: 1 as ServerId,
        nextMaster: masters === undefined ? undefined : nextMaster,
        nextFlushToken: () => ++this.#flushCount as FlushToken,
        logger: QUIET,
      },
      {
        role: 'follower',
        // As a peer says it: an observer has none.
        votes: setup.options?.role !== 'observer',
        tickTimeMs: 100,
        initLimit: 10,
        syncLimit: 5,
        configVersion: 4n,
        ...setup.options,
      },
      {
        acceptedEpoch: epoch(accepted),
        currentEpoch: epoch(current),
        lastDeliveredZxid: zxid(delivered),
        tail: run(tail),
        hasHistory,
        damaged,
      },
    );
  }

  step(input: LearnerInput): this {
    this.#effects.push(...this.learner.step(input, this.now));
    return this;
  }

  /** Started, and the link is up. */
  connect(): this {
    return this.step({ type: 'start' }).dial();
  }

  dial(): this {
    this.link = (this.link + 1) as LinkId;
    return this.step({ type: 'dialled', link: this.link }).step({ type: 'linkUp', link: this.link });
  }

  receive(...packets: QuorumPacket[]): this {
    return this.step({ type: 'packets', link: this.link, packets });
  }

  /** Everything asked for so far is durable. */
  flush(token = this.#flushCount): this {
    return this.step({ type: 'flushed', token: token as FlushToken });
  }

  get newestToken(): number {
    return this.#flushCount;
  }

  tick(ms: number, late = false): this {
    this.now += ms;
    return this.step({ type: 'tick', late });
  }

  leaderInfo(number: number): this {
    return this.receive({ type: 'LEADERINFO', epoch: epoch(number) });
  }

  diff(): this {
    return this.receive({ type: 'DIFF', zxid: zxid('1:2') });
  }

  trunc(position: string): this {
    return this.receive({ type: 'TRUNC', zxid: zxid(position) });
  }

  snap(position: string): this {
    return this.receive({ type: 'SNAP', zxid: zxid(position) });
  }

  proposal(text: string, bytes?: number): this {
    return this.receive({ type: 'PROPOSAL', txns: run(text, bytes) });
  }

  inform(text: string): this {
    return this.receive({ type: 'INFORM', txns: run(text) });
  }

  commit(position: string): this {
    return this.receive({ type: 'COMMIT', zxid: zxid(position) });
  }

  newLeader(number = 2): this {
    return this.receive({ type: 'NEWLEADER', zxid: zxid(`${number}:0`) });
  }

  upToDate(number = 2): this {
    return this.receive({ type: 'UPTODATE', zxid: zxid(`${number}:0`), configuration: 'version=0' });
  }

  ping(round = 1): this {
    return this.receive({ type: 'PING', round, sessions: [] });
  }

  /** What was asked for since the last look; flushes and what the leader says of the configuration are left out. */
  take(): string[] {
    return this.#effects
      .splice(0)
      .filter((effect) => effect.type !== 'flush' && effect.type !== 'configured')
      .map(showEffect);
  }

  /** As `take`, flushes included. */
  takeEffects(): LearnerEffect[] {
    return this.#effects.splice(0);
  }

  takeAll(): string[] {
    return this.#effects.splice(0).map(showEffect);
  }
}

/** Epoch 2 is accepted: DIFF, TRUNC or SNAP is due. */
export function acknowledged(setup: DriverSetup = {}): LearnerDriver {
  const driver = new LearnerDriver(setup).connect().leaderInfo(2).flush();
  driver.take();
  return driver;
}

/** After DIFF: txns or NEWLEADER are due. */
export function synchronizing(setup: DriverSetup = {}): LearnerDriver {
  const driver = acknowledged(setup).diff();
  driver.take();
  return driver;
}

/** In sync with the leader of epoch 2, everything delivered. */
export function serving(setup: DriverSetup = {}): LearnerDriver {
  const driver = synchronizing(setup).newLeader().flush().commit('1:2').upToDate();
  driver.take();
  return driver;
}
