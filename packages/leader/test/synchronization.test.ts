// Which way a learner is brought to the leader's history, and what it is sent on that way (LearnerHandler.syncFollower).

import type { HistoryPosition, LinkId } from '@zebu/interfaces';
import type { LeaderInput } from '@zebu/leader';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { run, zxid } from './notation.ts';

function located(link: LinkId, floor?: string, bytesAfter = 1000, snapshotBytes = 1_000_000): LeaderInput {
  const position: HistoryPosition = floor === undefined ? { type: 'found' } : { type: 'between', floor: zxid(floor) };
  return { type: 'located', link, position, bytesAfter, snapshotBytes };
}
const tooOld = (link: LinkId) =>
  ({ type: 'located', link, position: { type: 'tooOld' }, bytesAfter: 0, snapshotBytes: 0 }) as const;

/** The leader of epoch 2 has committed 2:1..2:4, and its window begins behind 1:2. */
function withWindow(options = {}) {
  const ensemble = establish({ options });
  const { driver, two } = ensemble;
  driver.propose(4);
  driver.flush().ack(two, '2:4').take();
  return ensemble;
}

/** What server 3 is sent when it comes back with that end of its log, without LEADERINFO. */
function comeBack(driver: LeaderDriver, last: string, current = -1): { link: LinkId; sent: string[] } {
  driver.take();
  const link = driver.join(3, { accepted: 2, current, last });
  return { link, sent: driver.take().filter((line) => !/closeLink|LEADERINFO/.test(line)) };
}

describe('a limit of synchronizations at a time (LearnerSyncThrottler)', () => {
  it('refuses one observer more, until one has acknowledged NEWLEADER', () => {
    const { driver } = withWindow({ syncLimits: { snapshots: 1, diffs: 1 } });
    const four = driver.join(4, { accepted: 1, last: '2:3', observer: true });
    driver.take();
    driver.join(5, { accepted: 1, last: '2:3', observer: true });
    expect(driver.take()).toEqual(['5 LEADERINFO 2', 'closeLink 5']);
    driver.ack(four, '2:0').take();
    driver.join(5, { accepted: 1, last: '2:3', observer: true });
    expect(driver.takeSent(5)).toContain('DIFF 2:4');
  });

  it('counts snapshots and txns apart', () => {
    const { driver } = withWindow({ syncLimits: { snapshots: 1, diffs: 1 } });
    driver.join(4, { accepted: 1, last: '2:3', observer: true });
    driver.join(5, { accepted: 1, last: '0:0', observer: true });
    expect(driver.takeSent(5)).toContain('SNAP 2:4');
    driver.join(6, { accepted: 1, last: '0:0', observer: true });
    expect(driver.take()).toContain('closeLink 6');
  });

  it('counts followers, but refuses none', () => {
    const { driver } = withWindow({ syncLimits: { snapshots: 1, diffs: 1 } });
    driver.join(3, { accepted: 2, current: -1, last: '2:3' });
    driver.join(4, { accepted: 1, last: '2:3', observer: true });
    expect(driver.take()).toContain('closeLink 4');
    driver.join(2, { accepted: 2, current: -1, last: '2:3' });
    expect(driver.takeSent(2)).toContain('DIFF 2:4');
  });
});

describe('from memory', () => {
  it('DIFF of what was missed', () => {
    const { driver } = withWindow();
    expect(comeBack(driver, '2:2').sent).toEqual(['3 DIFF 2:4', '3 PROPOSAL 2:3..2:4; COMMIT 2:4; NEWLEADER 2:0']);
    expect(driver.leader.learnerViews().map((view) => view.syncPath)).toEqual(['DIFF', 'DIFF']);
  });

  it('DIFF of nothing', () => {
    const { driver } = withWindow();
    expect(comeBack(driver, '2:4').sent).toEqual(['3 DIFF 2:4', '3 COMMIT 2:4; NEWLEADER 2:0']);
  });

  it('from the very base of the window', () => {
    const { driver } = withWindow();
    expect(comeBack(driver, '1:2').sent).toEqual(['3 DIFF 2:4', '3 PROPOSAL 2:1..2:4; COMMIT 2:4; NEWLEADER 2:0']);
  });

  it('TRUNC of what the history has not, then what was missed (ZOOKEEPER-1154: between minimum and maximum of the window)', () => {
    const { driver } = withWindow();
    expect(comeBack(driver, '1:7').sent).toEqual(['3 TRUNC 1:2', '3 PROPOSAL 2:1..2:4; COMMIT 2:4; NEWLEADER 2:0']);
    expect(driver.leader.learnerViews()[1]?.syncPath).toBe('TRUNC');
  });

  it('TRUNC of what lies above the end', () => {
    const { driver } = withWindow();
    expect(comeBack(driver, '2:9').sent).toEqual(['3 TRUNC 2:4', '3 COMMIT 2:4; NEWLEADER 2:0']);
  });

  it('includes what is proposed and not committed, which is not said to be committed', () => {
    const { driver } = withWindow();
    driver.propose(2);
    expect(comeBack(driver, '2:3').sent).toEqual(['3 DIFF 2:6', '3 PROPOSAL 2:4..2:6; COMMIT 2:4; NEWLEADER 2:0']);
  });

  it('does not cut back what is proposed and not committed', () => {
    const { driver } = withWindow();
    driver.propose(2);
    expect(comeBack(driver, '2:5').sent).toEqual(['3 DIFF 2:6', '3 PROPOSAL 2:6; COMMIT 2:4; NEWLEADER 2:0']);
  });

  it('before the leader is established all of its history goes, and nothing is called committed', () => {
    const driver = new LeaderDriver({ delivered: '1:1', tail: '1:2..1:3' }).start();
    const two = driver.announce(2);
    const four = driver.announce(4, { observer: true });
    driver.flush();
    driver
      .acknowledgeEpoch(two, { current: 1, last: '1:2' })
      .acknowledgeEpoch(four, { current: 1, last: '1:1' })
      .take();
    driver.flush();
    expect(driver.take()).toEqual([
      '2 DIFF 1:3',
      '2 PROPOSAL 1:3; NEWLEADER 2:0',
      '4 DIFF 1:3',
      '4 PROPOSAL 1:2..1:3; NEWLEADER 2:0',
    ]);
  });

  it('a DIFF that would fill the queue of the link goes in rounds, read from the log', () => {
    const { driver } = withWindow({ maxQueuedBytes: 150 });
    const { link, sent } = comeBack(driver, '1:2');
    expect(sent).toEqual(['3 DIFF 2:4', 'pinLog 3 after 1:2', 'readLog 3 after 1:2']);
    driver.step({ type: 'logRead', link, txns: run('2:1..2:2') });
    expect(driver.take()).toEqual([
      '3 PROPOSAL 2:1..2:2; COMMIT 2:2',
      '3 PROPOSAL 2:3..2:4; COMMIT 2:4; NEWLEADER 2:0',
      'unpinLog 3',
    ]);
  });
});

describe('from the log files', () => {
  it('DIFF in rounds; logs are pinned until the last, which comes from memory', () => {
    const { driver } = establish();
    const { link, sent } = comeBack(driver, '1:0', 1);
    expect(sent).toEqual(['pinLog 3 after 1:0', 'locate 3 1:0']);
    driver.step(located(link));
    expect(driver.take()).toEqual(['3 DIFF 1:2', 'readLog 3 after 1:0']);
    driver.step({ type: 'logRead', link, txns: run('1:1') });
    expect(driver.take()).toEqual(['3 PROPOSAL 1:1; COMMIT 1:1', 'readLog 3 after 1:1']);
    driver.step({ type: 'logRead', link, txns: run('1:2') });
    expect(driver.take()).toEqual(['3 PROPOSAL 1:2; COMMIT 1:2', '3 COMMIT 1:2; NEWLEADER 2:0', 'unpinLog 3']);
    expect(driver.leader.learnerViews()[1]?.syncPath).toBe('DIFF_FROM_DISK');
  });

  it('TRUNC to a floor that only the log knows, then the rest', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '0:9', 0);
    driver.step(located(link, '0:3'));
    expect(driver.take()).toEqual(['3 TRUNC 0:3', 'readLog 3 after 0:3']);
    driver.step({ type: 'logRead', link, txns: run('1:1..1:2') });
    expect(driver.take()).toEqual(['3 PROPOSAL 1:1..1:2; COMMIT 1:2', '3 COMMIT 1:2; NEWLEADER 2:0', 'unpinLog 3']);
  });

  it('what was proposed while rounds were under way goes with the last one, and is forwarded from then on', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '1:0', 1);
    driver.step(located(link)).take();
    driver.propose(1);
    expect(driver.take()).toEqual(['2 PROPOSAL 2:1', 'logTxns 2:1']);
    driver.step({ type: 'logRead', link, txns: run('1:1..1:2') }).take();
    driver.propose(1);
    expect(driver.take()).toEqual(['2,3 PROPOSAL 2:2', 'logTxns 2:2']);
  });

  it('the window keeps what such a learner will need, up to its bytes', () => {
    const { driver, two } = establish({ options: { windowCount: 1, windowBytes: 96 } });
    const { link } = comeBack(driver, '1:0', 1);
    driver.propose(3);
    driver.flush().ack(two, '2:3');
    expect(driver.committedLog.entryCount).toBe(3);
    driver.propose(1);
    driver.flush().ack(two, '2:4');
    expect(driver.committedLog.entryCount).toBe(3);
    driver.step({ type: 'linkDown', link });
    expect(driver.committedLog.entryCount).toBe(1);
  });
});

describe('SNAP', () => {
  it.each([
    { why: 'the log no longer reaches back', answer: tooOld },
    {
      why: 'the log behind it is longer than a third of the tree',
      answer: (link: LinkId) => located(link, undefined, 9e6, 9e6),
    },
    { why: 'the log cannot be searched', answer: (link: LinkId) => ({ type: 'logReadFailed', link }) as const },
  ])('when $why', ({ answer }) => {
    const { driver } = establish();
    const { link } = comeBack(driver, '0:5', 0);
    driver.step(answer(link));
    expect(driver.take()).toEqual(['pinLog 3 after 1:2', '3 SNAP 1:2', 'sendSnapshot 3 1:2']);
  });

  it('not for a short log, however small the tree', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '1:1', 1);
    driver.step(located(link, undefined, 8 * 1024 * 1024, 0));
    expect(driver.take()).toEqual(['3 DIFF 1:2', 'readLog 3 after 1:1']);
  });

  it.each([
    { why: 'says so', as: { needsSnapshot: true, last: '1:2' } },
    { why: 'has no history', as: { last: '-1' } },
    { why: 'is empty', as: { last: '0:0' } },
  ])('for a learner that $why', ({ as }) => {
    const { driver } = establish();
    driver.join(3, { accepted: 2, current: -1, ...as });
    expect(driver.take()).toContain('3 SNAP 1:2');
  });

  it('DIFF for an empty learner of a leader whose window begins with the beginning', () => {
    const driver = new LeaderDriver({ accepted: 0, current: 0 }).start();
    driver.join(2, { accepted: 0, current: 0, last: '0:0' });
    driver.flush();
    expect(driver.takeSent(2)).toContain('DIFF 0:0');
  });

  it('"during SNAP nothing is queued for that learner", "forwarding starts in the last" round', () => {
    const { driver, two } = establish();
    const { link } = comeBack(driver, '-1');
    driver.propose(2);
    driver.flush().ack(two, '2:1');
    expect(driver.takeSent(3)).toEqual([]);
    driver.step({ type: 'snapshotProgress', link });
    expect(driver.takeSent(3)).toEqual([]);
    driver.step({ type: 'snapshotSent', link });
    expect(driver.takeSent(3)).toEqual(['PROPOSAL 2:1..2:2', 'COMMIT 2:1', 'NEWLEADER 2:0']);
    driver.propose(1);
    expect(driver.takeSent(3)).toEqual(['PROPOSAL 2:3']);
  });

  it('rounds of log follow when the window went by meanwhile', () => {
    const { driver, two } = establish({ options: { windowBytes: 64 } });
    const { link } = comeBack(driver, '-1');
    driver.propose(4);
    driver.flush().ack(two, '2:4').take();
    driver.step({ type: 'snapshotSent', link });
    expect(driver.take()).toEqual(['readLog 3 after 1:2']);
    driver.step({ type: 'logRead', link, txns: run('2:1..2:2') });
    expect(driver.take()).toEqual([
      '3 PROPOSAL 2:1..2:2; COMMIT 2:2',
      '3 PROPOSAL 2:3..2:4; COMMIT 2:4; NEWLEADER 2:0',
      'unpinLog 3',
    ]);
  });

  it('is at the last delivered txn; the tail that is not known to be committed follows as txns', () => {
    const driver = new LeaderDriver({ delivered: '1:1', tail: '1:2' }).start();
    const two = driver.join(2, { current: 0, last: '0:0' });
    driver.flush().take();
    driver.step({ type: 'snapshotSent', link: two });
    expect(driver.takeSent(2)).toEqual(['PROPOSAL 1:2', 'NEWLEADER 2:0']);
  });

  it('replaces a DIFF whose log proves unreadable amid it', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '1:0', 1);
    driver.step(located(link)).take();
    driver.step({ type: 'logReadFailed', link });
    expect(driver.take()).toEqual(['pinLog 3 after 1:2', '3 SNAP 1:2', 'sendSnapshot 3 1:2']);
    driver.step({ type: 'snapshotSent', link });
    expect(driver.take()).toEqual(['3 COMMIT 1:2; NEWLEADER 2:0', 'unpinLog 3']);
  });

  it('replaces a DIFF whose log ends too early', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '1:0', 1);
    driver.step(located(link)).take();
    driver.step({ type: 'logRead', link, txns: [] });
    expect(driver.take()).toContain('3 SNAP 1:2');
  });

  it('is not followed by another when the log stays unreadable: memory has the rest, even if it is much', () => {
    const { driver, two } = withWindow({ maxQueuedBytes: 150 });
    const { link } = comeBack(driver, '-1');
    driver.propose(4);
    driver.flush().ack(two, '2:8').take();
    driver.step({ type: 'snapshotSent', link });
    expect(driver.take()).toEqual(['readLog 3 after 2:4']);
    driver.step({ type: 'logReadFailed', link });
    expect(driver.take()).toEqual(['3 PROPOSAL 2:5..2:8; COMMIT 2:8; NEWLEADER 2:0', 'unpinLog 3']);
  });
});

describe('observers', () => {
  it('get what is committed, and no more', () => {
    const { driver } = withWindow();
    driver.propose(1);
    driver.take();
    driver.join(4, { observer: true, accepted: 2, last: '2:3' });
    expect(driver.takeSent(4)).toEqual(['LEADERINFO 2', 'DIFF 2:5', 'PROPOSAL 2:4', 'COMMIT 2:4', 'NEWLEADER 2:0']);
  });

  it('are cut back to what is committed', () => {
    const { driver } = withWindow();
    driver.propose(2);
    driver.take();
    driver.join(4, { observer: true, accepted: 2, last: '2:5' });
    expect(driver.takeSent(4)).toEqual(['LEADERINFO 2', 'TRUNC 2:4', 'COMMIT 2:4', 'NEWLEADER 2:0']);
  });

  it('get what commits later as INFORM, without a hole behind what they were synced with', () => {
    const { driver, two } = withWindow();
    driver.propose(1);
    const four = driver.join(4, { observer: true, accepted: 2, last: '2:4' });
    driver.take();
    driver.flush().ack(two, '2:5');
    expect(driver.takeSent(4)).toEqual(['INFORM 2:5']);
    driver.ack(four, '2:0');
    expect(driver.takeSent(4)).toEqual(['COMMIT 2:5', 'UPTODATE 2:0']);
  });

  it('that read only uncommitted txns from the log are done all the same', () => {
    const { driver } = establish({ options: { windowCount: 0, maxQueuedBytes: 10 } });
    const four = driver.join(4, { observer: true, accepted: 2, current: 1, last: '1:1' });
    driver.step(located(four)).take();
    driver.propose(3);
    driver.take();
    driver.step({ type: 'logRead', link: four, txns: run('1:2') });
    expect(driver.take()).toEqual(['4 PROPOSAL 1:2; COMMIT 1:2', '4 COMMIT 1:2; NEWLEADER 2:0', 'unpinLog 4']);
  });
});

describe('stale and repeated answers', () => {
  it('of a link that went down are ignored', () => {
    const { driver } = establish();
    const { link } = comeBack(driver, '-1');
    driver.step({ type: 'linkDown', link });
    expect(driver.take()).toEqual(['unpinLog 3']);
    driver
      .step({ type: 'snapshotSent', link })
      .step({ type: 'logRead', link, txns: run('9:1') })
      .step(tooOld(link));
    expect(driver.take()).toEqual([]);
  });

  it('of an older link do not count for the newer one of the same server', () => {
    const { driver } = establish();
    const older = comeBack(driver, '-1').link;
    driver.take();
    const newer = driver.join(3, { accepted: 2, current: -1, last: '-1' });
    driver.take();
    driver.step({ type: 'snapshotSent', link: older });
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'snapshotSent', link: newer });
    expect(driver.takeSent(3)).toContain('NEWLEADER 2:0');
  });

  it('after NEWLEADER was sent change nothing', () => {
    const { driver, two } = establish();
    driver.step({ type: 'snapshotSent', link: two }).step({ type: 'logReadFailed', link: two });
    expect(driver.take()).toEqual([]);
  });
});
