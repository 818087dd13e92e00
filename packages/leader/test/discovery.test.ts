// design.md section 3, "Discovery, exactly", sentence by sentence, where the leader is concerned.

import { describe, expect, it } from 'vitest';
import { LeaderDriver } from './leader-driver.ts';

const three = [1, 2, 3];
const five = [1, 2, 3, 4, 5];

describe('"the leader\'s new epoch is 1 + the highest acceptedEpoch of a quorum that includes itself"', () => {
  it.each([
    { own: 4, theirs: 2, epoch: 5 },
    { own: 4, theirs: 7, epoch: 8 },
    { own: 0, theirs: 0, epoch: 1 },
  ])('own $own, theirs $theirs: $epoch', ({ own, theirs, epoch }) => {
    const driver = new LeaderDriver({ accepted: own, current: 0 }).start();
    driver.announce(2, { accepted: theirs });
    expect(driver.take()).toEqual([`writeAcceptedEpoch ${epoch}`]);
  });

  it('is not known before a quorum announced itself', () => {
    const driver = new LeaderDriver({ voters: five }).start();
    driver.announce(2, { accepted: 9 });
    expect(driver.leader.epoch).toBeUndefined();
    expect(driver.take()).toEqual([]);
    driver.announce(3, { accepted: 3 });
    expect(driver.take()).toEqual(['writeAcceptedEpoch 10']);
  });

  it('does not wait for an observer, nor listen to it', () => {
    const driver = new LeaderDriver({ voters: three }).start();
    driver.announce(4, { accepted: 50, observer: true });
    expect(driver.take()).toEqual([]);
    driver.announce(2);
    expect(driver.take()).toEqual(['writeAcceptedEpoch 2']);
  });

  it('is above every txn of the log, even if the epoch files say less (ZOOKEEPER-582, ZOOKEEPER-2307)', () => {
    const driver = new LeaderDriver({ accepted: 1, current: 1, delivered: '7:1' }).start();
    driver.announce(2, { accepted: 2 });
    expect(driver.take()).toEqual(['writeAcceptedEpoch 8']);
  });

  it('counts a voter that announces itself twice once', () => {
    const driver = new LeaderDriver({ voters: five }).start();
    driver.announce(2);
    driver.announce(2);
    expect(driver.leader.epoch).toBeUndefined();
  });

  it('a leader without others needs nobody', () => {
    const driver = new LeaderDriver({ voters: [1] }).start();
    expect(driver.take()).toEqual(['writeAcceptedEpoch 2']);
    driver.flush();
    expect(driver.take()).toEqual(['writeCurrentEpoch 2']);
    driver.flush();
    expect(driver.take()).toEqual(['established 2']);
  });
});

describe('"durable as its own acceptedEpoch before any LEADERINFO"', () => {
  it('nobody hears of the epoch before the flush', () => {
    const driver = new LeaderDriver().start();
    driver.announce(2);
    driver.announce(3);
    expect(driver.takeSent(2)).toEqual([]);
    driver.flush();
    expect(driver.take()).toEqual(['2 LEADERINFO 2', '3 LEADERINFO 2']);
  });

  it('a later arrival hears of it at once, an observer too', () => {
    const driver = new LeaderDriver().start();
    driver.announce(2);
    driver.flush().take();
    driver.announce(3);
    driver.announce(4, { observer: true });
    expect(driver.take()).toEqual(['3 LEADERINFO 2', '4 LEADERINFO 2']);
  });
});

describe('"the leader counts only voters of its configuration whose currentEpoch and lastZxid are not -1"', () => {
  const countsAsQuorum = (id: number, as: { current?: number; last?: string; observer?: boolean }): boolean => {
    const driver = new LeaderDriver({ voters: five, delivered: '1:1' }).start();
    driver.announce(2);
    const link = driver.announce(id, { observer: as.observer ?? false });
    driver.announce(3);
    driver.flush();
    driver.acknowledgeEpoch(driver.announce(4), { current: 1, last: '1:1' }).take();
    driver.acknowledgeEpoch(link, as);
    return driver.take().includes('writeCurrentEpoch 2');
  };

  it('a voter with a history counts', () => expect(countsAsQuorum(5, { current: 1, last: '1:1' })).toBe(true));
  it('an empty history counts (db.autocreate)', () =>
    expect(countsAsQuorum(5, { current: 0, last: '0:0' })).toBe(true));
  it('currentEpoch -1 does not', () => expect(countsAsQuorum(5, { current: -1, last: '1:1' })).toBe(false));
  it('lastZxid -1 does not', () => expect(countsAsQuorum(5, { current: 1, last: '-1' })).toBe(false));
  it('no server outside the configuration does', () =>
    expect(countsAsQuorum(9, { current: 1, last: '1:1' })).toBe(false));
  it('but a voter that takes itself for an observer: its configuration may be older', () =>
    expect(countsAsQuorum(5, { current: 1, last: '1:1', observer: true })).toBe(true));

  it('"it may be synced, never counted": it is synced once others made the quorum', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, { current: -1, last: '1:1' });
    driver.join(3, { current: 1, last: '1:1' });
    driver.take();
    driver.flush();
    expect(driver.takeSent(2)).toEqual(['DIFF 1:1', 'NEWLEADER 2:0']);
  });
});

describe('"never one whose (currentEpoch, lastZxid) is lexicographically above its own as read from disk"', () => {
  it.each([
    { current: 2, last: '1:9', counted: true },
    { current: 2, last: '2:2', counted: true },
    { current: 2, last: '2:3', counted: false },
    { current: 3, last: '2:1', counted: false },
    { current: 1, last: '9:9', counted: true },
  ])('($current, $last): $counted', ({ current, last, counted }) => {
    const driver = new LeaderDriver({ accepted: 3, current: 2, delivered: '2:1..2:2' }).start();
    driver.join(2, { accepted: 3, current, last });
    expect(driver.take().includes('writeCurrentEpoch 4')).toBe(counted);
  });
});

describe('"and refuses any with a newer configuration version"', () => {
  it('closes its link', () => {
    const driver = new LeaderDriver().start();
    driver.announce(2, { configVersion: 1n });
    expect(driver.take()).toEqual(['closeLink 2']);
    expect(driver.leader.epoch).toBeUndefined();
  });

  it('takes one with the same or an older one', () => {
    const driver = new LeaderDriver({ options: { configVersion: 5n } }).start();
    driver.announce(2, { configVersion: 5n });
    expect(driver.take()).toEqual(['writeAcceptedEpoch 2']);
  });
});

describe('"when those that are left cannot form a quorum it steps down at once"', () => {
  const stepDown = 'stepDown: no quorum is left that may accept this leader';
  const isLast = (trace: readonly string[]): string | undefined => trace[trace.length - 1];

  it.each([
    { why: 'histories above ours', as: { current: 2, last: '1:1' } },
    { why: 'no history', as: { current: 0, last: '-1' } },
    { why: 'this epoch accepted before', as: { current: -1, last: '1:1' } },
  ])('$why', ({ as }) => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, as);
    expect(driver.take()).not.toContain(stepDown);
    driver.join(3, as);
    expect(isLast(driver.take())).toBe(stepDown);
    expect(driver.leader.nextWakeup()).toBeUndefined();
  });

  it('newer configurations', () => {
    const driver = new LeaderDriver().start();
    driver.announce(2, { configVersion: 1n });
    driver.announce(3, { configVersion: 1n });
    expect(isLast(driver.take())).toBe(stepDown);
  });

  it('closes every link as it goes', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.announce(4, { observer: true });
    driver.join(2, { current: 2, last: '1:1' });
    driver.take();
    driver.join(3, { current: 2, last: '1:1' });
    expect(driver.take().filter((line) => line.startsWith('closeLink'))).toEqual([
      'closeLink 4',
      'closeLink 2',
      'closeLink 3',
    ]);
  });

  it('not while enough may still come', () => {
    const driver = new LeaderDriver({ voters: five, delivered: '1:1' }).start();
    driver.announce(4);
    driver.join(2, { current: 2, last: '1:1' });
    driver.join(3, { current: 2, last: '1:1' });
    expect(driver.take()).not.toContain(stepDown);
  });

  it('one that was counted stays counted when it comes back with the epoch accepted', () => {
    const driver = new LeaderDriver({ voters: five, delivered: '1:1' }).start();
    driver.announce(3);
    driver.join(2, { current: 1, last: '1:1' });
    driver.join(2, { accepted: 2, current: -1, last: '1:1' });
    driver.take();
    driver.join(4, { current: 1, last: '1:1' });
    expect(driver.take()).toContain('writeCurrentEpoch 2');
  });

  it('does not wait for the absent when a higher epoch would let those present accept', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, { current: -1, last: '1:1' });
    driver.take();
    driver.tick(50);
    expect(driver.take()[1]).toContain('stepDown: voters had accepted this epoch before');
  });
});

describe('"with a quorum that includes itself it makes currentEpoch durable, then sends NEWLEADER"', () => {
  it('a quorum of others is not enough: our own promise is not durable yet', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const [two, third] = [driver.announce(2), driver.announce(3)];
    driver.take();
    // Nobody can answer LEADERINFO before it is sent: such an answer is refused, and never counted.
    driver.acknowledgeEpoch(two, { current: 1, last: '1:1' });
    driver.acknowledgeEpoch(third, { current: 1, last: '1:1' });
    expect(driver.take()).toEqual(['closeLink 2', 'closeLink 3']);
  });

  it('nothing of the synchronization leaves before the flush', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, { current: 1, last: '1:1' });
    expect(driver.take()).toEqual(['writeAcceptedEpoch 2', '2 LEADERINFO 2', 'writeCurrentEpoch 2']);
    driver.flush();
    expect(driver.take()).toEqual(['2 DIFF 1:1', '2 NEWLEADER 2:0']);
  });
});

describe('"nothing of the epoch is proposed or served before a quorum has acknowledged NEWLEADER"', () => {
  it('not established by its own flush alone', () => {
    const driver = new LeaderDriver({ delivered: '1:1', tail: '1:2' }).start();
    driver.join(2, { current: 1, last: '1:1' });
    driver.flush();
    expect(driver.take()).not.toContain('established 2');
    expect(() => driver.leader.nextZxid()).toThrow('once the leader is established');
  });

  it('then the tail is delivered first, and everybody that acknowledged is told', () => {
    const driver = new LeaderDriver({ delivered: '1:1', tail: '1:2' }).start();
    const two = driver.join(2, { current: 1, last: '1:2' });
    driver.flush().take();
    driver.ack(two, '2:0');
    expect(driver.take()).toEqual(['deliver 1:2', 'established 2', '2 COMMIT 1:2; UPTODATE 2:0']);
  });

  it('an observer does not count', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, { current: 1, last: '1:1' });
    const four = driver.join(4, { observer: true, current: 1, last: '1:1' });
    driver.flush().take();
    driver.ack(four, '2:0');
    expect(driver.take()).toEqual([]);
  });

  it('five voters need three', () => {
    const driver = new LeaderDriver({ voters: five, delivered: '1:1' }).start();
    const links = [2, 3, 4].map((id) => driver.announce(id));
    driver.flush();
    for (const link of links) driver.acknowledgeEpoch(link, { current: 1, last: '1:1' });
    driver.flush().take();
    driver.ack(links[0] as never, '2:0');
    expect(driver.take()).toEqual([]);
    driver.ack(links[1] as never, '2:0');
    expect(driver.take()).toEqual(['established 2', '2,3 COMMIT 1:1; UPTODATE 2:0']);
  });
});

describe('"later arrivals are cut back, not obeyed"', () => {
  it('a history above ours is truncated once a quorum has accepted', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 1, last: '1:1' });
    driver.flush().ack(two, '2:0').take();
    driver.join(3, { current: 1, last: '1:5' });
    expect(driver.takeSent(3)).toEqual(['LEADERINFO 2', 'TRUNC 1:1', 'COMMIT 1:1', 'NEWLEADER 2:0']);
  });

  it('but one that promised a later epoch takes a newer epoch to come back: the leader makes room', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 1, last: '1:1' });
    driver.flush().ack(two, '2:0').take();
    driver.announce(3, { accepted: 3 });
    expect(driver.take()).toEqual([
      'writeAcceptedEpoch 3',
      'closeLink 2',
      'closeLink 3',
      'stepDown: server 3 has accepted epoch 3, above ours, 2',
    ]);
  });

  it('an observer that did so is left to itself', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 1, last: '1:1' });
    driver.flush().ack(two, '2:0').take();
    driver.announce(4, { accepted: 3, observer: true });
    expect(driver.take()).toEqual(['4 LEADERINFO 2']);
  });
});

describe('"a non-voter refuses LEADING"', () => {
  it('as an observer', () => {
    const driver = new LeaderDriver({ self: 4 }).start();
    expect(driver.take()).toEqual(['stepDown: this server has no vote, or nothing that may be voted for']);
  });

  it('and nobody joins in the name of the leader itself', () => {
    const driver = new LeaderDriver({ voters: three }).start();
    driver.link(1);
    expect(driver.take()).toEqual(['closeLink 1']);
    expect(driver.leader.learnerViews()).toEqual([]);
  });
});

describe('hints of the election (ZOOKEEPER-3109)', () => {
  it('a leader whose voters turned away stops waiting', () => {
    const driver = new LeaderDriver().start();
    driver.step({ type: 'supportLost' });
    expect(driver.take()).toEqual(['stepDown: the voters that elected this leader look for another']);
  });

  it('not if a quorum is here all the same', () => {
    const driver = new LeaderDriver().start();
    driver.announce(2);
    driver.step({ type: 'supportLost' });
    expect(driver.take()).toEqual(['writeAcceptedEpoch 2']);
  });

  it('gives them the time it was told to give, and no more (leader.maxTimeToWaitForEpoch)', () => {
    const driver = new LeaderDriver({ options: { waitForVotersMs: 300 } }).start();
    driver.tick(200).step({ type: 'supportLost' });
    expect(driver.take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['stepDown: the voters that elected this leader look for another']);
  });

  it('and goes on if they are back by then', () => {
    const driver = new LeaderDriver({ options: { waitForVotersMs: 300 } }).start();
    driver.step({ type: 'supportLost' });
    driver.announce(2);
    expect(driver.tick(350).take()).toEqual(['writeAcceptedEpoch 2']);
  });

  it('observers do not hold it', () => {
    const driver = new LeaderDriver().start();
    driver.announce(4, { observer: true });
    driver.step({ type: 'supportLost' });
    expect(driver.take()).toContain('stepDown: the voters that elected this leader look for another');
  });
});
