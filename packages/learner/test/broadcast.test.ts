import type { QuorumPacket, QuorumPacketType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { acknowledged, epoch, LearnerDriver, run, serving, synchronizing, zxid } from './learner-driver.ts';

describe('"a proposal is acknowledged only when flushed"', () => {
  it('not by an earlier flush', () => {
    const driver = serving().proposal('2:1');
    const first = driver.newestToken;
    driver.proposal('2:2..2:3');
    driver.take();
    driver.flush(first - 1);
    expect(driver.take()).toEqual([]);
    driver.flush(first);
    expect(driver.take()).toEqual(['ACK 2:1']);
    driver.flush();
    expect(driver.take()).toEqual(['ACK 2:3']);
    driver.flush();
    expect(driver.take()).toEqual([]);
  });

  it('one ACK speaks of everything that a flush covers', () => {
    const driver = serving().proposal('2:1').proposal('2:2').proposal('2:3');
    driver.take();
    expect(driver.flush().take()).toEqual(['ACK 2:3']);
  });

  it('what was committed before it is flushed here is delivered: others hold it', () => {
    const driver = serving().proposal('2:1').commit('2:1');
    expect(driver.take()).toEqual(['logTxns 2:1', 'deliver 2:1']);
    expect(driver.flush().take()).toEqual(['ACK 2:1']);
  });

  it('a repeated proposal is neither logged nor acknowledged again (I-13)', () => {
    const driver = serving().proposal('2:1').flush();
    driver.take();
    expect(driver.proposal('2:1').flush().take()).toEqual([]);
  });
});

describe('COMMIT', () => {
  it('speaks of everything up to its zxid, and an older one of nothing', () => {
    const driver = serving().proposal('2:1..2:3').commit('2:2').commit('2:1').commit('2:2').commit('2:3');
    expect(driver.take()).toEqual(['logTxns 2:1 2:2 2:3', 'deliver 2:1 2:2', 'deliver 2:3']);
  });

  it('of what the log does not hold ends the role: a hole must not be applied over (I-14)', () => {
    expect(serving().commit('2:1').take()).toEqual([
      'closeLink',
      'abandon: COMMIT of 0x200000001, but our log ends at 0x100000002',
    ]);
  });
});

describe('PROPOSAL', () => {
  it.each([
    { what: 'of an earlier epoch', txns: '1:3' },
    { what: 'of a later epoch', txns: '3:1' },
    { what: 'that leaves a gap', txns: '2:2' },
    { what: 'that changes epoch on the way', txns: '2:1,3:1' },
  ])('$what ends the role (I-13)', ({ txns }) => {
    const trace = serving().proposal(txns).take();
    expect(trace[0]).toBe('closeLink');
    expect(trace[1]).toMatch(/^abandon/);
  });

  it('of a later epoch does so during synchronization too', () => {
    expect(synchronizing().proposal('3:1').take().slice(-1)).toEqual(['abandon: txns of epoch 3 while epoch 2 is led']);
  });
});

describe('an observer', () => {
  const observer = { options: { role: 'observer' } } as const;

  it('logs and delivers what it is informed of, and acknowledges none of it', () => {
    const driver = serving(observer).inform('2:1..2:2');
    expect(driver.take()).toEqual(['logTxns 2:1 2:2', 'deliver 2:1 2:2']);
    expect(driver.flush().take()).toEqual([]);
  });

  it('delivers the tail that it was synced with before the leader was established', () => {
    const driver = synchronizing(observer).proposal('1:3').newLeader().inform('2:1').flush();
    expect(driver.take()).toEqual(['logTxns 1:3', 'writeCurrentEpoch 2', 'logTxns 2:1', 'deliver 1:3 2:1', 'ACK 2:0']);
  });

  it('INFORM commits what it carries, not what else is logged', () => {
    const driver = serving().proposal('2:1..2:3').inform('2:1');
    expect(driver.take()).toEqual(['logTxns 2:1 2:2 2:3', 'deliver 2:1']);
  });

  it('takes no gap either', () => {
    expect(serving(observer).inform('2:3').take().slice(-1)[0]).toMatch(/^abandon/);
  });
});

describe('what clients ask for', () => {
  it('goes to the leader, and its answers come back', () => {
    const driver = serving()
      .step({ type: 'request', requests: [] })
      .step({ type: 'sync', syncId: 5 })
      .step({ type: 'revalidate', sessionId: 9n as never, timeoutMs: 1 });
    expect(driver.take()).toEqual(['REQUEST 0', 'SYNC 5', 'REVALIDATE 9']);
    driver.receive(
      { type: 'SYNC', syncId: 5 },
      { type: 'REVALIDATE', sessionId: 9n as never, timeoutMs: 1, valid: true, lastProposedZxid: 0n as never },
    );
    expect(driver.take()).toEqual(['syncConfirmed 5', 'revalidated 9 true']);
  });

  it('a SYNC is answered behind the commits that came before it', () => {
    const driver = serving().proposal('2:1').commit('2:1').receive({ type: 'SYNC', syncId: 5 });
    expect(driver.take()).toEqual(['logTxns 2:1', 'deliver 2:1', 'syncConfirmed 5']);
  });
});

const packets: Readonly<Record<QuorumPacketType, QuorumPacket>> = {
  FOLLOWERINFO: {
    type: 'FOLLOWERINFO',
    sid: 1 as never,
    acceptedEpoch: epoch(1),
    configVersion: 0n,
    needsSnapshot: false,
    damaged: false,
  },
  OBSERVERINFO: {
    type: 'OBSERVERINFO',
    sid: 1 as never,
    acceptedEpoch: epoch(1),
    configVersion: 0n,
    needsSnapshot: false,
    damaged: false,
  },
  LEADERINFO: { type: 'LEADERINFO', epoch: epoch(2) },
  ACKEPOCH: { type: 'ACKEPOCH', currentEpoch: epoch(1), lastZxid: zxid('1:1') },
  DIFF: { type: 'DIFF', zxid: zxid('1:2') },
  TRUNC: { type: 'TRUNC', zxid: zxid('1:1') },
  SNAP: { type: 'SNAP', zxid: zxid('1:2') },
  NEWLEADER: { type: 'NEWLEADER', zxid: zxid('2:0') },
  UPTODATE: { type: 'UPTODATE', zxid: zxid('2:0'), configuration: 'version=0' },
  PROPOSAL: { type: 'PROPOSAL', txns: run('2:1') },
  ACK: { type: 'ACK', zxid: zxid('2:1') },
  COMMIT: { type: 'COMMIT', zxid: zxid('1:2') },
  INFORM: { type: 'INFORM', txns: run('2:1') },
  COMMITANDACTIVATE: { type: 'COMMITANDACTIVATE', zxid: zxid('1:2'), designatedLeader: 1 as never },
  INFORMANDACTIVATE: { type: 'INFORMANDACTIVATE', txns: run('2:1'), designatedLeader: 1 as never },
  REQUEST: { type: 'REQUEST', requests: [] },
  SYNC: { type: 'SYNC', syncId: 1 },
  REVALIDATE: { type: 'REVALIDATE', sessionId: 1n as never, timeoutMs: 1, valid: false, lastProposedZxid: 0n as never },
  PING: { type: 'PING', round: 1, sessions: [] },
};

const always: readonly QuorumPacketType[] = ['SYNC', 'REVALIDATE', 'PING'];
const txns: readonly QuorumPacketType[] = ['PROPOSAL', 'INFORM', 'COMMIT', 'COMMITANDACTIVATE', 'INFORMANDACTIVATE'];

describe.each([
  { phase: 'before LEADERINFO', due: ['LEADERINFO'], reach: () => new LearnerDriver().connect() },
  { phase: 'while the epoch is written', due: [], reach: () => new LearnerDriver().connect().leaderInfo(2) },
  { phase: 'after ACKEPOCH', due: ['DIFF', 'TRUNC', 'SNAP'], reach: () => acknowledged() },
  { phase: 'during synchronization', due: ['SNAP', 'NEWLEADER', ...txns], reach: () => synchronizing() },
  { phase: 'while NEWLEADER is written', due: txns, reach: () => synchronizing().newLeader() },
  { phase: 'after the ACK of NEWLEADER', due: ['UPTODATE', ...txns], reach: () => synchronizing().newLeader().flush() },
  { phase: 'during broadcast', due: txns, reach: () => serving() },
])('$phase', ({ due, reach }) => {
  it.each(Object.values(packets))('$type', (packet) => {
    const driver = reach();
    driver.take();
    driver.receive(packet);
    const abandoned = driver.take().some((line) => line.startsWith('abandon'));
    expect(abandoned).toBe(
      !always.includes(packet.type) && !(due as readonly QuorumPacketType[]).includes(packet.type),
    );
    if (!abandoned) return;
    // Whatever came behind it is not looked at, and nothing is asked for any more.
    expect(
      driver
        .receive(...Object.values(packets))
        .tick(5000)
        .flush()
        .take(),
    ).toEqual([]);
    expect(driver.learner.nextWakeup()).toBeUndefined();
  });
});

describe('time', () => {
  it('PING is answered with its round, in any phase', () => {
    expect(serving().ping(9).take()).toEqual(['pong 9']);
    const connected = new LearnerDriver().connect();
    connected.take();
    expect(connected.ping(3).take()).toEqual(['pong 3']);
  });

  it('"any packet is a sign of life"; silence for syncLimit ends the role', () => {
    const driver = serving();
    for (let passed = 0; passed < 20; passed++) driver.receive({ type: 'SYNC', syncId: 1 }).tick(100);
    driver.take();
    expect(driver.tick(400).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink', 'abandon: the leader was silent for 5 ticks']);
  });

  it('until UPTODATE it is initLimit', () => {
    const driver = synchronizing();
    expect(driver.tick(1000).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink', 'abandon: the leader was silent for 10 ticks']);
  });

  it('"a late tick judges nobody"; the next one does', () => {
    const driver = serving();
    expect(driver.tick(60_000, true).take()).toEqual([]);
    expect(driver.learner.nextWakeup()).toBe(driver.now + 50);
    expect(driver.tick(50).take().length).toBe(2);
  });

  it('the peer may end the role, once', () => {
    const driver = serving();
    expect(driver.learner.abandon('stopping').map((effect) => effect.type)).toEqual(['closeLink', 'abandon']);
    expect(driver.learner.abandon('again')).toEqual([]);
  });
});
