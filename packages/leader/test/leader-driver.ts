// One leader whose learners are played by the test, packet by packet.

import type { FlushToken, LinkId } from '@zebu/interfaces';
import { CommittedLog, Leader, type LeaderEffect, type LeaderInput } from '@zebu/leader';
import type { Ensemble, QuorumPacket, TxnBytes } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { lastZxidOf } from './fake-disk.ts';
import { type ClusterOptions, DEFAULT_OPTIONS, QUIET } from './harness.ts';
import { epoch, run, show, showEffect, showPacket, sid, txn, zxid } from './notation.ts';

export interface DriverSetup {
  readonly membership?: Membership;
  readonly self?: number;
  readonly voters?: readonly number[];
  readonly accepted?: number;
  readonly current?: number;
  /** What the tree holds. */
  readonly delivered?: string;
  /** Logged behind it. */
  readonly tail?: string;
  readonly options?: Partial<ClusterOptions>;
}

export interface JoinAs {
  readonly accepted?: number;
  readonly current?: number;
  readonly last?: string;
  readonly observer?: boolean;
  readonly configVersion?: bigint;
  readonly needsSnapshot?: boolean;
  readonly damaged?: boolean;
}

export class LeaderDriver {
  readonly leader: Leader;
  readonly committedLog: CommittedLog;
  readonly options: ClusterOptions;
  now = 0;
  #flushCount = 0;
  #linkCount = 0;
  readonly #names = new Map<LinkId, number>();
  #effects: LeaderEffect[] = [];

  constructor(setup: DriverSetup = {}) {
    const { self = 1, voters = [1, 2, 3], accepted = 1, current = 1, delivered = '', tail = '' } = setup;
    this.options = { ...DEFAULT_OPTIONS, ...setup.options };
    const applied = run(delivered);
    const behind = run(tail);
    const { windowCount, windowBytes } = this.options;
    this.committedLog = new CommittedLog(lastZxidOf(applied), { maxEntryCount: windowCount, maxBytes: windowBytes });
    const address = { host: '127.0.0.1', port: 1 };
    const servers = voters.map((id) => {
      return [sid(id), { id: sid(id), role: 'participant', quorumAddress: address, electionAddress: address }] as const;
    });
    this.leader = new Leader(
      {
        self: sid(self),
        membership:
          setup.membership ?? new Membership({ version: this.options.configVersion, servers: new Map(servers) }),
        committedLog: this.committedLog,
        nextFlushToken: () => ++this.#flushCount as FlushToken,
        logger: QUIET,
      },
      this.options,
      {
        acceptedEpoch: epoch(accepted),
        currentEpoch: epoch(current),
        lastLoggedZxid: lastZxidOf([...applied, ...behind]),
        lastDeliveredZxid: lastZxidOf(applied),
        tail: behind,
      },
    );
  }

  step(input: LeaderInput): this {
    this.#effects.push(...this.leader.step(input, this.now));
    return this;
  }

  start(): this {
    return this.step({ type: 'start' });
  }

  /** Everything asked for so far is durable. */
  flush(): this {
    return this.step({ type: 'flushed', token: this.#flushCount as FlushToken });
  }

  tick(ms: number, late = false): this {
    this.now += ms;
    return this.step({ type: 'tick', late });
  }

  /** A new link of that server. */
  link(id: number): LinkId {
    const link = ++this.#linkCount as LinkId;
    this.#names.set(link, id);
    this.step({ type: 'linkUp', link, peer: sid(id) });
    return link;
  }

  receive(link: LinkId, ...packets: QuorumPacket[]): this {
    return this.step({ type: 'packets', link, packets });
  }

  announce(id: number, as: JoinAs = {}): LinkId {
    const link = this.link(id);
    this.receive(link, {
      type: as.observer === true ? 'OBSERVERINFO' : 'FOLLOWERINFO',
      sid: sid(id),
      acceptedEpoch: epoch(as.accepted ?? 1),
      configVersion: as.configVersion ?? 0n,
      needsSnapshot: as.needsSnapshot ?? false,
      damaged: as.damaged ?? false,
    });
    return link;
  }

  acknowledgeEpoch(link: LinkId, as: JoinAs = {}): this {
    const lastZxid = zxid(as.last ?? '0:0');
    return this.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(as.current ?? 0), lastZxid });
  }

  ack(link: LinkId, position: string): this {
    return this.receive(link, { type: 'ACK', zxid: zxid(position) });
  }

  pong(link: LinkId, round: number): this {
    return this.receive(link, { type: 'PING', round, sessions: [] });
  }

  /** Announced, epoch acknowledged. */
  join(id: number, as: JoinAs = {}): LinkId {
    const link = this.announce(id, as);
    this.flush();
    this.acknowledgeEpoch(link, as);
    return link;
  }

  /** Joined, synced and up to date with an established leader. */
  joinFully(id: number, as: JoinAs = {}): LinkId {
    const link = this.join(id, as);
    this.flush();
    this.ack(link, `${this.leader.epoch}:0`);
    return link;
  }

  propose(count = 1): TxnBytes[] {
    const first = this.leader.nextZxid();
    if (first === undefined) throw new Error('the epoch is used up');
    const txns = Array.from({ length: count }, (_, index) => txn(show((first + BigInt(index)) as typeof first)));
    this.step({ type: 'propose', txns });
    return txns;
  }

  /** As the next txn. */
  proposeReconfig(reconfiguration: Ensemble): this {
    const next = this.leader.nextZxid();
    if (next === undefined) throw new Error('the epoch is used up');
    return this.step({ type: 'propose', txns: [txn(show(next))], reconfiguration });
  }

  /** Of the pings sent so far; they are forgotten. */
  newestRound(): number {
    const packets = this.#effects.splice(0).flatMap((effect) => (effect.type === 'send' ? effect.packets : []));
    return Math.max(...packets.map((packet) => (packet.type === 'PING' ? packet.round : 0)));
  }

  /** What was asked for since the last look, links named by their server; PING and flush left out. */
  take(): string[] {
    const effects = this.#effects.splice(0);
    return effects
      .filter((effect) => effect.type !== 'flush' && !isPing(effect))
      .map((effect) => showEffect(effect, (link) => `${this.#names.get(link as LinkId)}`));
  }

  /** Packets sent to that server since the last look, which also forgets everything else. */
  takeSent(id: number): string[] {
    const effects = this.#effects.splice(0);
    return effects.flatMap((effect) =>
      effect.type === 'send' && effect.links.some((link) => this.#names.get(link) === id)
        ? effect.packets.map(showPacket)
        : [],
    );
  }

  takeEffects(): LeaderEffect[] {
    return this.#effects.splice(0);
  }
}

const isPing = (effect: LeaderEffect): boolean =>
  effect.type === 'send' && effect.packets.every((packet) => packet.type === 'PING');

/** Voters 1, 2, 3: 1 leads, 2 and 3 follow, all logs end at 1:2. */
export function establish(setup: DriverSetup = {}): { driver: LeaderDriver; two: LinkId; three: LinkId } {
  const driver = new LeaderDriver({ delivered: '1:1..1:2', ...setup }).start();
  const two = driver.joinFully(2, { current: 1, last: '1:2' });
  const three = driver.joinFully(3, { current: 1, last: '1:2' });
  driver.take();
  return { driver, two, three };
}
