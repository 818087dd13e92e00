// DIFF, TRUNC, SNAP, NEWLEADER, UPTODATE: what is logged, flushed, acknowledged and delivered, in which order.

import { describe, expect, it } from 'vitest';
import { acknowledged, LearnerDriver, serving, synchronizing } from './learner-driver.ts';

describe('"on NEWLEADER history durable, then currentEpoch durable, then ACK" (ZOOKEEPER-4643, ZOOKEEPER-4646, ZOOKEEPER-4785)', () => {
  it('in that order of effects, and the ACK only after the flush of both', () => {
    const driver = synchronizing().proposal('1:3..1:4').newLeader();
    expect(driver.takeAll()).toEqual(['logTxns 1:3 1:4', 'flush', 'writeCurrentEpoch 2', 'flush']);
    driver.flush(driver.newestToken - 1);
    expect(driver.take()).toEqual([]);
    driver.flush();
    expect(driver.take()).toEqual(['ACK 2:0']);
  });

  it('an observer acknowledges NEWLEADER too', () => {
    const driver = synchronizing({ options: { role: 'observer' } })
      .newLeader()
      .flush();
    expect(driver.take()).toEqual(['writeCurrentEpoch 2', 'ACK 2:0']);
  });

  it('of another epoch is refused', () => {
    expect(synchronizing().newLeader(3).take().slice(-1)).toEqual(['abandon: NEWLEADER of another epoch']);
    expect(
      synchronizing()
        .receive({ type: 'NEWLEADER', zxid: 0x2_0000_0001n as never })
        .take()
        .slice(-1),
    ).toEqual(['abandon: NEWLEADER of another epoch']);
  });

  it('ZOOKEEPER-4685: the ACK of a proposal never comes before that of NEWLEADER', () => {
    const driver = synchronizing().newLeader().proposal('2:1');
    driver.take();
    driver.flush();
    expect(driver.take()).toEqual(['ACK 2:0', 'ACK 2:1']);
  });

  it('flushes during a DIFF bound what waits to be written, and acknowledge nothing', () => {
    const driver = synchronizing().proposal('1:3').flush().proposal('1:4').flush();
    expect(driver.take()).toEqual(['logTxns 1:3', 'logTxns 1:4']);
  });
});

describe('DIFF', () => {
  it('delivers what is said to be committed, and no more, before UPTODATE', () => {
    const driver = synchronizing().proposal('1:3..1:5').commit('1:4');
    expect(driver.take()).toEqual(['logTxns 1:3 1:4 1:5', 'deliver 1:3 1:4']);
    driver.newLeader().flush().take();
    driver.upToDate();
    expect(driver.take()).toEqual(['serve 2']);
    expect(driver.learner.undelivered.length).toBe(1);
  });

  it('ZOOKEEPER-3023: everything committed is delivered before clients are served', () => {
    const driver = synchronizing().proposal('1:3..1:4').newLeader().flush();
    driver.take();
    driver.commit('1:4').upToDate();
    expect(driver.take()).toEqual(['deliver 1:3 1:4', 'serve 2']);
  });

  it('ZOOKEEPER-4394: DIFF, PROPOSAL a, COMMIT a, PROPOSAL b, NEWLEADER, COMMIT b, UPTODATE', () => {
    const driver = synchronizing()
      .proposal('1:3')
      .commit('1:3')
      .proposal('1:4')
      .newLeader()
      .commit('1:4')
      .flush()
      .upToDate();
    expect(driver.take()).toEqual([
      'logTxns 1:3',
      'deliver 1:3',
      'logTxns 1:4',
      'writeCurrentEpoch 2',
      'deliver 1:4',
      'ACK 2:0',
      'serve 2',
    ]);
  });

  it('drops what the log holds already (protocol ambiguity 2)', () => {
    const driver = synchronizing({ tail: '1:3..1:4' }).proposal('1:2..1:5').proposal('1:5');
    expect(driver.take()).toEqual(['logTxns 1:5']);
  });

  it('carries on with a tail that was logged before, once it is committed', () => {
    const driver = synchronizing({ tail: '1:3..1:4' }).commit('1:3');
    expect(driver.take()).toEqual(['deliver 1:3']);
    expect(driver.learner.undelivered.length).toBe(1);
  });

  it('takes txns of several epochs, this one included', () => {
    const driver = synchronizing({ accepted: 4 }).take();
    expect(driver).toEqual([]);
    const late = new LearnerDriver().connect().leaderInfo(4).flush().diff();
    late.take();
    late.proposal('1:3,2:1..2:2,4:1').newLeader(4);
    expect(late.take()).toEqual(['logTxns 1:3 2:1 2:2 4:1', 'writeCurrentEpoch 4']);
  });

  it('is no use to a learner without a history', () => {
    const driver = acknowledged({ hasHistory: false, delivered: '0:0' }).diff();
    expect(driver.take().slice(-1)).toEqual(['abandon: DIFF, but there is nothing here that it could build on']);
  });
});

describe('a hole is never logged (ZOOKEEPER-2846, ZOOKEEPER-4925)', () => {
  it.each([
    { what: 'behind our log', txns: '1:4' },
    { what: 'within a run', txns: '1:3,1:5' },
    { what: 'at the beginning of an epoch', txns: '2:2' },
    { what: 'within a later epoch', txns: '2:1,2:3' },
    { what: 'in place of order', txns: '1:4,1:3' },
    { what: 'behind a repetition', txns: '1:3,1:3' },
    { what: 'where the history is not ours', txns: '1:1,2:1' },
  ])('$what: $txns', ({ txns }) => {
    const driver = synchronizing().proposal(txns);
    const trace = driver.take();
    expect(trace[trace.length - 1]).toMatch(/^abandon: (txn \d+|the run passes over)/);
    expect(trace.some((line) => line.startsWith('logTxns'))).toBe(false);
  });

  it('the greatest counter is followed by another epoch only', () => {
    const full = { delivered: '1:4294967295' };
    expect(synchronizing(full).proposal('2:1').take()).toEqual(['logTxns 2:1']);
    expect(synchronizing(full).proposal('2:0').take().slice(-1)[0]).toMatch(/^abandon/);
  });

  it('a txn without a header is none', () => {
    const driver = synchronizing().receive({ type: 'PROPOSAL', txns: [new Uint8Array(31)] });
    expect(driver.take().slice(-1)).toEqual(['abandon: a txn of 31 bytes has no header']);
  });

  it('an empty run is nothing', () => {
    expect(synchronizing().receive({ type: 'PROPOSAL', txns: [] }, { type: 'INFORM', txns: [] }).take()).toEqual([]);
  });

  it('a tail with a hole, handed over by the peer, is a broken invariant', () => {
    expect(() => new LearnerDriver({ tail: '1:4' })).toThrow('make up the log');
  });
});

describe('TRUNC', () => {
  it('cuts the log, and goes on when it is cut', () => {
    const driver = acknowledged({ tail: '1:3..1:5' }).trunc('1:3').proposal('2:1').newLeader();
    expect(driver.take()).toEqual(['truncate 1:3']);
    driver.step({ type: 'truncated', done: true });
    expect(driver.take()).toEqual(['logTxns 2:1', 'writeCurrentEpoch 2']);
    expect(driver.learner.needsRestore).toBe(false);
    driver.flush().commit('2:1');
    expect(driver.take()).toEqual(['ACK 2:0', 'deliver 1:3 2:1']);
  });

  it('of what the tree holds waits for the tree to be read back (ZOOKEEPER-2845, ZOOKEEPER-5094)', () => {
    const driver = acknowledged({ delivered: '1:5' }).trunc('1:3').proposal('2:1');
    driver.step({ type: 'truncated', done: true });
    expect(driver.take()).toEqual(['truncate 1:3']);
    expect(driver.learner.needsRestore).toBe(true);
    driver.step({ type: 'restored' });
    expect(driver.take()).toEqual(['logTxns 2:1']);
    expect(driver.learner.needsRestore).toBe(false);
  });

  it('that leaves nothing usable: dial again, and ask for a snapshot', () => {
    const driver = acknowledged({ delivered: '1:5' }).trunc('1:3').newLeader();
    driver.take();
    driver.step({ type: 'truncated', done: false });
    expect(driver.take()).toEqual(['closeLink', 'connect']);
    driver.dial();
    expect(driver.take()).toEqual(['FOLLOWERINFO 3 accepted 2 config 4 needs a snapshot']);
    driver.leaderInfo(2);
    expect(driver.take()).toEqual(['ACKEPOCH -1 1:5']);
    driver.snap('1:2').step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' }).newLeader();
    expect(driver.take()).toEqual(['receiveSnapshot 1:2', 'installSnapshot 1:2', 'writeCurrentEpoch 2']);
  });

  it('once only a snapshot will do, neither DIFF nor TRUNC is followed', () => {
    const again = (): LearnerDriver => {
      const driver = acknowledged({ delivered: '1:5' })
        .trunc('1:3')
        .step({ type: 'truncated', done: false })
        .dial()
        .leaderInfo(2);
      driver.take();
      return driver;
    };
    expect(again().diff().take().slice(-1)[0]).toMatch(/^abandon: DIFF/);
    expect(again().trunc('1:3').take().slice(-1)[0]).toMatch(/^abandon: TRUNC/);
  });

  it.each(['1:2', '1:3', '9:9', '-1'])('to %s, which the log does not reach beyond', (position) => {
    const driver = acknowledged().trunc(position);
    expect(driver.take().slice(-1)[0]).toMatch(/^abandon: TRUNC to/);
  });

  it('answers PING meanwhile, and keeps everything else in order', () => {
    const driver = acknowledged({ tail: '1:3' }).trunc('1:2').proposal('2:1').commit('2:1').ping(5).newLeader();
    expect(driver.take()).toEqual(['truncate 1:2', 'pong 5']);
    driver.step({ type: 'truncated', done: true });
    expect(driver.take()).toEqual(['logTxns 2:1', 'deliver 2:1', 'writeCurrentEpoch 2']);
  });

  it('what waits meanwhile is bounded', () => {
    const driver = acknowledged({ tail: '1:3' }).trunc('1:2');
    driver.take();
    const txns = [new Uint8Array(1024 * 1024)];
    for (let count = 0; count < 256; count++) driver.receive({ type: 'PROPOSAL', txns });
    expect(driver.take()).toEqual(['closeLink', 'abandon: too much arrived while the disk was busy']);
  });

  it('a stray answer of the disk changes nothing', () => {
    const driver = synchronizing().step({ type: 'truncated', done: true }).step({ type: 'truncated', done: false });
    expect(driver.step({ type: 'restored' }).take()).toEqual([]);
    const cutting = acknowledged({ tail: '1:3' }).trunc('1:2').step({ type: 'restored' }).newLeader();
    expect(cutting.take()).toEqual(['truncate 1:2']);
  });
});

describe('SNAP', () => {
  it('is received, installed durably, restored; then the txns behind it (ZOOKEEPER-3642)', () => {
    const driver = acknowledged().snap('1:9').proposal('2:1').newLeader();
    expect(driver.take()).toEqual(['receiveSnapshot 1:9']);
    driver.step({ type: 'snapshotReceived', link: driver.link });
    expect(driver.take()).toEqual(['installSnapshot 1:9']);
    driver.step({ type: 'restored' });
    expect(driver.take()).toEqual(['logTxns 2:1', 'writeCurrentEpoch 2']);
    driver.flush().commit('2:1');
    expect(driver.take()).toEqual(['ACK 2:0', 'deliver 2:1']);
  });

  it('below the end of our log replaces it (ZOOKEEPER-2832)', () => {
    const driver = acknowledged({ tail: '1:3..1:7' }).snap('1:2');
    driver.step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' }).proposal('1:3,2:1');
    expect(driver.take().slice(-1)).toEqual(['logTxns 1:3 2:1']);
    expect(driver.learner.undelivered.length).toBe(2);
  });

  it('gives a history to one that had none', () => {
    const driver = acknowledged({ hasHistory: false, delivered: '0:0' }).snap('0:0');
    driver.step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' }).proposal('1:1').newLeader();
    expect(driver.take().slice(-2)).toEqual(['logTxns 1:1', 'writeCurrentEpoch 2']);
  });

  it('amid a DIFF: the leader could not read on', () => {
    const driver = synchronizing().proposal('1:3').commit('1:3').snap('1:9');
    expect(driver.take()).toEqual(['logTxns 1:3', 'deliver 1:3', 'receiveSnapshot 1:9']);
    driver.step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' }).proposal('1:10');
    expect(driver.take()).toEqual(['installSnapshot 1:9', 'logTxns 1:10']);
  });

  it('after TRUNC, for the same reason, waits for the cut', () => {
    const driver = acknowledged({ tail: '1:3' }).trunc('1:2').snap('1:9').newLeader();
    expect(driver.take()).toEqual(['truncate 1:2']);
    driver.step({ type: 'truncated', done: true });
    expect(driver.take()).toEqual(['receiveSnapshot 1:9']);
    driver.step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' });
    expect(driver.take()).toEqual(['installSnapshot 1:9', 'writeCurrentEpoch 2']);
  });

  it('that fails ends the role', () => {
    const driver = acknowledged().snap('1:9');
    driver.step({ type: 'snapshotFailed', link: driver.link, reason: 'broken' });
    expect(driver.take().slice(-1)).toEqual(['abandon: the snapshot did not arrive: broken']);
  });

  it('is a sign of life, slice by slice', () => {
    const driver = acknowledged().snap('1:9');
    for (let slices = 0; slices < 50; slices++) driver.step({ type: 'snapshotProgress', link: driver.link }).tick(100);
    expect(driver.take()).toEqual(['receiveSnapshot 1:9']);
    expect(driver.tick(1100).take().slice(-1)).toEqual(['abandon: the leader was silent for 10 ticks']);
  });

  it('is installed once, and restored only when it is installed', () => {
    const driver = acknowledged().snap('1:9').step({ type: 'restored' }).newLeader();
    expect(driver.take()).toEqual(['receiveSnapshot 1:9']);
    const received = { type: 'snapshotReceived', link: driver.link } as const;
    expect(driver.step(received).step(received).take()).toEqual(['installSnapshot 1:9']);
    expect(driver.step({ type: 'truncated', done: true }).take()).toEqual([]);
  });
});

describe('serving', () => {
  it('waits until all that the tree holds is committed: one read back at a restart holds the end of the log as well', () => {
    const driver = synchronizing({ delivered: '1:5' }).newLeader().flush().commit('1:3').upToDate();
    driver.take();
    driver.commit('1:4');
    expect(driver.take()).toEqual([]);
    driver.commit('1:5').commit('1:5');
    expect(driver.take()).toEqual(['serve 2']);
  });

  it('begins once', () => {
    const driver = serving().proposal('2:1').commit('2:1');
    expect(driver.take()).toEqual(['logTxns 2:1', 'deliver 2:1']);
    expect(driver.learner.zabState).toBe('BROADCAST');
  });

  it('not with the UPTODATE of another epoch', () => {
    const driver = synchronizing().newLeader().flush().upToDate(1);
    expect(driver.take().slice(-1)).toEqual(['abandon: UPTODATE of another epoch']);
  });
});
