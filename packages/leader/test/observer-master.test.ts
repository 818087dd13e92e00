// A follower that serves observers (ZooKeeper's ObserverMaster): what it takes them for, what it tells them, and what it asks the leader for them.

import type { LinkId } from '@zebu/interfaces';
import {
  CommittedLog,
  type LearnerMasterOptions,
  ObserverMaster,
  type ObserverMasterEffect,
  type ObserverMasterInput,
} from '@zebu/leader';
import type { QuorumPacket, SessionId } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { describe, expect, it } from 'vitest';
import { lastZxidOf } from './fake-disk.ts';
import { DEFAULT_OPTIONS, QUIET, request } from './harness.ts';
import { epoch, run, showEffect, sid, zxid } from './notation.ts';

interface Setup {
  /** What its tree holds; the window begins behind `base`. */
  readonly base?: string;
  readonly delivered?: string;
  readonly options?: Partial<LearnerMasterOptions>;
}

interface ComeAs {
  readonly accepted?: number;
  readonly last?: string;
  readonly configVersion?: bigint;
  readonly needsSnapshot?: boolean;
}

/** Server 2, a follower in epoch 2, whose observers the test plays. */
class Driver {
  readonly master: ObserverMaster;
  readonly committedLog: CommittedLog;
  now = 0;
  #linkCount = 0;
  readonly #names = new Map<number, number>();
  #effects: ObserverMasterEffect[] = [];

  constructor({ base = '1:1..1:2', delivered = '2:1..2:4', options }: Setup = {}) {
    this.committedLog = new CommittedLog(lastZxidOf(run(base)), { maxEntryCount: 500, maxBytes: 1_000_000 });
    this.committedLog.add(run(delivered));
    const address = { host: '127.0.0.1', port: 1 };
    const server = { id: sid(1), role: 'participant', quorumAddress: address, electionAddress: address } as const;
    const membership = new Membership({ version: 7n, servers: new Map([[sid(1), server]]) });
    this.master = new ObserverMaster(
      {
        self: sid(2),
        epoch: epoch(2),
        committedLog: this.committedLog,
        membership: () => membership,
        logger: QUIET,
      },
      { ...DEFAULT_OPTIONS, ...options },
      0,
    );
  }

  step(input: ObserverMasterInput): this {
    this.#effects.push(...this.master.step(input, this.now));
    return this;
  }

  receive(link: LinkId, ...packets: QuorumPacket[]): this {
    return this.step({ type: 'packets', link, packets });
  }

  link(id: number): LinkId {
    const link = ++this.#linkCount as LinkId;
    this.#names.set(link, id);
    this.step({ type: 'linkUp', link, peer: sid(id) });
    return link;
  }

  announce(id: number, as: ComeAs = {}): LinkId {
    const link = this.link(id);
    const { accepted = 1, configVersion = 7n, needsSnapshot = false } = as;
    this.receive(link, {
      type: 'OBSERVERINFO',
      sid: sid(id),
      acceptedEpoch: epoch(accepted),
      configVersion,
      needsSnapshot,
      damaged: false,
    });
    return link;
  }

  join(id: number, as: ComeAs = {}): LinkId {
    const link = this.announce(id, as);
    return this.acknowledgeEpoch(link, as.last ?? '2:4');
  }

  acknowledgeEpoch(link: LinkId, last: string): LinkId {
    this.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(1), lastZxid: zxid(last) });
    return link;
  }

  /** Up to date. */
  joinFully(id: number, as: ComeAs = {}): LinkId {
    const link = this.join(id, as);
    this.receive(link, { type: 'ACK', zxid: zxid('2:0') });
    this.take();
    return link;
  }

  commit(text: string, designatedLeader?: number): this {
    const txns = run(text);
    this.committedLog.add(txns);
    return this.step({
      type: 'committed',
      txns,
      ...(designatedLeader === undefined ? {} : { designatedLeader: sid(designatedLeader) }),
    });
  }

  tick(ms: number, late = false): this {
    this.now += ms;
    return this.step({ type: 'tick', late });
  }

  /** Without PING. */
  take(): string[] {
    return this.#effects
      .splice(0)
      .filter((effect) => effect.type !== 'send' || effect.packets.some(({ type }) => type !== 'PING'))
      .map((effect) => showEffect(effect, (link) => `${this.#names.get(link)}`));
  }
}

describe('an observer that comes', () => {
  it('is told the epoch, brought to what is committed, and is up to date at once', () => {
    const driver = new Driver();
    const link = driver.announce(7);
    expect(driver.take()).toEqual(['7 LEADERINFO 2']);
    driver.acknowledgeEpoch(link, '2:2');
    expect(driver.take()).toEqual(['7 DIFF 2:4', '7 PROPOSAL 2:3..2:4; COMMIT 2:4; NEWLEADER 2:0']);
    driver.receive(link, { type: 'ACK', zxid: zxid('2:0') });
    expect(driver.take()).toEqual(['7 COMMIT 2:4; UPTODATE 2:0']);
    expect(driver.master.observerViews()).toEqual([{ sid: 7, role: 'observer', synced: true, syncPath: 'DIFF' }]);
  });

  it('is cut back to what is committed where it holds what no leader kept', () => {
    const driver = new Driver();
    driver.join(7, { last: '1:9' });
    expect(driver.take()).toContain('7 TRUNC 1:2');
  });

  it('is sent a snapshot when it has nothing, and the txns of meanwhile', () => {
    const driver = new Driver();
    const link = driver.join(7, { last: '0:0' });
    expect(driver.take()).toEqual(['7 LEADERINFO 2', 'pinLog 7 after 2:4', '7 SNAP 2:4', 'sendSnapshot 7 2:4']);
    driver.commit('2:5');
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'snapshotSent', link });
    expect(driver.take()).toEqual(['7 PROPOSAL 2:5; COMMIT 2:5; NEWLEADER 2:0', 'unpinLog 7']);
  });

  it('is searched for in the log, of which it gets only what is committed', () => {
    const driver = new Driver();
    const link = driver.join(7, { last: '1:1' });
    expect(driver.take()).toEqual(['7 LEADERINFO 2', 'pinLog 7 after 1:1', 'locate 7 1:1']);
    driver.step({ type: 'located', link, position: { type: 'found' }, bytesAfter: 10, snapshotBytes: 1 << 20 });
    expect(driver.take()).toEqual(['7 DIFF 2:4', 'readLog 7 after 1:1']);
    // The log of a follower goes on with proposals.
    driver.step({ type: 'logRead', link, txns: run('1:2 2:1..2:9') });
    expect(driver.take()).toEqual(['7 PROPOSAL 1:2 2:1..2:4; COMMIT 2:4', '7 COMMIT 2:4; NEWLEADER 2:0', 'unpinLog 7']);
  });

  it('waits for this server where it is further in the same epoch, and is not cut back', () => {
    const driver = new Driver();
    driver.join(7, { last: '2:6' });
    expect(driver.take()).toEqual(['7 LEADERINFO 2']);
    expect(driver.commit('2:5').take()).toEqual([]);
    expect(driver.commit('2:6').take()).toEqual(['7 DIFF 2:6', '7 COMMIT 2:6; NEWLEADER 2:0']);
  });

  it('does not wait for ever', () => {
    const driver = new Driver();
    const link = driver.join(7, { last: '2:6' });
    driver.take();
    for (let n = 0; n < 20; n++) driver.tick(50).receive(link, { type: 'PING', round: 1, sessions: [] });
    expect(driver.take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink 7']);
  });

  it.each([
    ['a newer configuration', { configVersion: 8n }],
    ['another number', {}],
  ] as const)('is refused with %s', (what, as) => {
    const driver = new Driver();
    if (what === 'another number') {
      const link = driver.link(7);
      driver.receive(link, {
        type: 'OBSERVERINFO',
        sid: sid(8),
        acceptedEpoch: epoch(1),
        configVersion: 7n,
        needsSnapshot: false,
        damaged: false,
      });
    } else driver.announce(7, as);
    expect(driver.take()).toEqual(['closeLink 7']);
  });

  it('is refused when as many are synchronized as may be at a time', () => {
    const driver = new Driver({ options: { syncLimits: { snapshots: 10, diffs: 1 } } });
    driver.join(7);
    driver.take();
    driver.join(8);
    expect(driver.take()).toEqual(['8 LEADERINFO 2', 'closeLink 8']);
  });

  it('takes the place of its older link', () => {
    const driver = new Driver();
    driver.joinFully(7);
    driver.link(7);
    expect(driver.take()).toEqual(['closeLink 7']);
  });
});

describe('observers that are up to date', () => {
  it('are informed of each commit, behind this server', () => {
    const driver = new Driver();
    driver.joinFully(7);
    driver.joinFully(8);
    expect(driver.commit('2:5..2:6').take()).toEqual(['7,8 INFORM 2:5..2:6']);
    expect(driver.commit('2:7', 3).take()).toEqual(['7,8 INFORMANDACTIVATE 2:7 led by 3']);
  });

  it('ask the leader through this server, in their own name', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    const request = { sessionId: 1n as SessionId, cxid: 5, type: 1, payload: new Uint8Array(0), authInfo: [] };
    const session = { sessionId: 9n as SessionId, timeoutMs: 1000 };
    const revalidate = { type: 'REVALIDATE', ...session, valid: false, lastProposedZxid: zxid('0:0') } as const;
    driver.receive(link, { type: 'REQUEST', requests: [request] }, { type: 'SYNC', syncId: 3 }, revalidate, {
      type: 'PING',
      round: 1,
      sessions: [session],
    });
    expect(driver.take()).toEqual(['requests 5', 'sync 3 of 7', 'revalidate 7', 'touch 9']);
    driver.step({ type: 'syncConfirmed', link, syncId: 3 });
    driver.step({ type: 'revalidated', link, ...session, valid: true, lastProposedZxid: zxid('2:4') });
    expect(driver.take()).toEqual(['7 SYNC 3', '7 REVALIDATE 9 true at 2:4']);
  });

  it('that left are not answered', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    driver.step({ type: 'linkDown', link }).step({ type: 'syncConfirmed', link, syncId: 3 });
    expect(driver.take()).toEqual([]);
  });

  it('are dropped when they are silent for syncLimit, and pinged until then', () => {
    const driver = new Driver();
    driver.joinFully(7);
    expect(driver.tick(500).take()).toEqual([]);
    expect(driver.tick(50, true).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink 7']);
  });

  it('are dropped when too much is queued for them', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    expect(driver.step({ type: 'congested', link, queuedBytes: 1_000_000 }).take()).toEqual([]);
    expect(driver.step({ type: 'congested', link, queuedBytes: 1_000_001 }).take()).toEqual(['closeLink 7']);
  });

  it('are all let go when this server follows no longer', () => {
    const driver = new Driver();
    driver.joinFully(7);
    driver.join(8, { last: '0:0' });
    driver.take();
    const effects = driver.master.end();
    expect(effects.map(({ type }) => type)).toEqual(['closeLink', 'unpinLog', 'closeLink']);
  });
});

describe('what no observer sends', () => {
  const at = zxid('2:4');
  const packets: readonly QuorumPacket[] = [
    {
      type: 'FOLLOWERINFO',
      sid: sid(7),
      acceptedEpoch: epoch(1),
      configVersion: 0n,
      needsSnapshot: false,
      damaged: false,
    },
    { type: 'LEADERINFO', epoch: epoch(2) },
    { type: 'DIFF', zxid: at },
    { type: 'TRUNC', zxid: at },
    { type: 'SNAP', zxid: at },
    { type: 'NEWLEADER', zxid: at },
    { type: 'UPTODATE', zxid: at, configuration: '' },
    { type: 'PROPOSAL', txns: [] },
    { type: 'COMMIT', zxid: at },
    { type: 'INFORM', txns: [] },
    { type: 'COMMITANDACTIVATE', zxid: at, designatedLeader: sid(1) },
    { type: 'INFORMANDACTIVATE', txns: [], designatedLeader: sid(1) },
    // In their time they are welcome.
    {
      type: 'OBSERVERINFO',
      sid: sid(7),
      acceptedEpoch: epoch(1),
      configVersion: 0n,
      needsSnapshot: false,
      damaged: false,
    },
    { type: 'ACKEPOCH', currentEpoch: epoch(1), lastZxid: at },
    { type: 'ACK', zxid: zxid('2:0') },
    { type: 'ACK', zxid: zxid('2:5') },
  ];

  it.each(packets.map((packet) => [packet.type, packet] as const))(
    '%s ends its link, and no other',
    (_type, packet) => {
      const driver = new Driver();
      const link = driver.joinFully(7);
      driver.joinFully(8);
      expect(driver.receive(link, packet).take()).toEqual(['closeLink 7']);
      expect(driver.commit('2:5').take()).toEqual(['8 INFORM 2:5']);
    },
  );

  it.each(['REQUEST', 'SYNC', 'REVALIDATE'] as const)('%s before UPTODATE ends its link', (type) => {
    const driver = new Driver();
    const link = driver.join(7);
    driver.take();
    const session = { sessionId: 1n as SessionId, timeoutMs: 1 };
    const packet: QuorumPacket =
      type === 'REQUEST'
        ? { type, requests: [] }
        : type === 'SYNC'
          ? { type, syncId: 1 }
          : { type, ...session, valid: false, lastProposedZxid: zxid('0:0') };
    expect(driver.receive(link, packet).take()).toEqual(['closeLink 7']);
  });
});

describe('when the leader goes on in a new epoch', () => {
  const rolledOver = { type: 'rolledOver', epoch: epoch(3) } as const;

  it('an observer that is in sync goes along on its link, and its clients stay', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    expect(driver.step(rolledOver).take()).toEqual(['7 LEADERINFO 3']);
    driver.commit('3:1');
    expect(driver.take()).toEqual([]);
    driver.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(2), lastZxid: zxid('2:4') });
    expect(driver.take()).toEqual(['7 DIFF 3:1', '7 PROPOSAL 3:1; COMMIT 3:1; NEWLEADER 3:0']);
    driver.receive(link, { type: 'ACK', zxid: zxid('3:0') });
    expect(driver.take()).toEqual(['7 COMMIT 3:1; UPTODATE 3:0']);
    expect(driver.commit('3:2').take()).toEqual(['7 INFORM 3:2']);
  });

  it('what is asked meanwhile is asked behind that, and no answer comes ahead of it', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    driver.receive(link, { type: 'SYNC', syncId: 1 }).step(rolledOver).take();
    driver.receive(link, { type: 'REQUEST', requests: [request(5)] }, { type: 'SYNC', syncId: 2 });
    expect(driver.commit('3:1').step({ type: 'syncConfirmed', link, syncId: 1 }).take()).toEqual([]);
    driver.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(2), lastZxid: zxid('2:4') }).take();
    driver.receive(link, { type: 'ACK', zxid: zxid('3:0') });
    expect(driver.take()).toEqual(['7 COMMIT 3:1; UPTODATE 3:0; SYNC 1', 'requests 5', 'sync 2 of 7']);
  });

  it('txns of the new epoch wait for it, where they come first', () => {
    const driver = new Driver();
    const link = driver.joinFully(7);
    // As history, before this server is up to date itself.
    expect(driver.commit('3:1').take()).toEqual([]);
    driver.announce(8, { accepted: 2 });
    expect(driver.take()).toEqual([]);
    expect(driver.step(rolledOver).take()).toEqual(['7 LEADERINFO 3', '8 LEADERINFO 3']);
    driver.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(2), lastZxid: zxid('2:4') });
    expect(driver.take()).toContain('7 PROPOSAL 3:1; COMMIT 3:1; NEWLEADER 3:0');
  });

  it('one that was on its way into the old epoch comes again', () => {
    const driver = new Driver();
    const link = driver.join(7);
    driver.take();
    expect(driver.step(rolledOver).take()).toEqual(['closeLink 7']);
    expect(driver.master.serves(link)).toBe(false);
    driver.announce(7, { accepted: 2 });
    expect(driver.take()).toEqual(['7 LEADERINFO 3']);
  });
});
