// The zxids of an epoch are used up (docs/decisions/0007-the-epoch-rolls-over.md). Server 1 leads 2 and 3 in epoch 2, which has three zxids.

import { describe, expect, it } from 'vitest';
import { establish, type LeaderDriver } from './leader-driver.ts';
import { request } from './harness.ts';
import { epoch } from './notation.ts';

const begin = () => establish({ options: { lastCounter: 3, syncLimit: 5 } });

/** Three txns proposed, and two of the three servers hold them. */
function usedUp(): ReturnType<typeof begin> {
  const world = begin();
  world.driver.propose(3);
  world.driver.flush().ack(world.two, '2:3').take();
  return world;
}

const rollOver = (driver: LeaderDriver): LeaderDriver => driver.step({ type: 'rollOver' });

describe('a leader that rolls over', () => {
  it('has as many zxids as its epoch has', () => {
    const { driver } = begin();
    expect(driver.leader.remainingZxidCount).toBe(3);
    driver.propose(3);
    expect(driver.leader.remainingZxidCount).toBe(0);
    expect(driver.leader.nextZxid()).toBeUndefined();
  });

  it('commits what is proposed, then asks for the next epoch once that is durable as its own acceptedEpoch', () => {
    const { driver, two } = begin();
    driver.propose(3);
    driver.take();
    expect(rollOver(driver).take()).toEqual([]);
    expect(driver.leader).toMatchObject({ proposes: false, rollsOver: true });
    driver.flush().ack(two, '2:3');
    expect(driver.take()).toEqual(['2,3 COMMIT 2:3', 'deliver 2:1..2:3', 'writeAcceptedEpoch 3']);
    driver.flush();
    expect(driver.take()).toEqual(['2 LEADERINFO 3', '3 LEADERINFO 3']);
  });

  it('takes up the new one when a quorum acknowledged it, and NEWLEADER of it', () => {
    const { driver, two, three } = usedUp();
    rollOver(driver).flush().take();
    driver.acknowledgeEpoch(two, { current: 2, last: '2:3' });
    expect(driver.take()).toEqual(['writeCurrentEpoch 3']);
    driver.flush();
    expect(driver.take()).toEqual(['2 DIFF 2:3', '2 NEWLEADER 3:0']);
    expect(driver.leader).toMatchObject({ epoch: 2, zabState: 'BROADCAST', proposes: false });
    driver.ack(two, '3:0');
    expect(driver.take()).toEqual(['established 3', expect.stringMatching(/^2 COMMIT 2:3; UPTODATE/)]);
    expect(driver.leader).toMatchObject({ epoch: 3, proposes: true, rollsOver: false, remainingZxidCount: 3 });
    // The other one comes in as a late learner does.
    driver.propose();
    expect(driver.take()).toEqual(['2 PROPOSAL 3:1', 'logTxns 3:1']);
    driver.acknowledgeEpoch(three, { current: 2, last: '2:3' });
    expect(driver.take()).toEqual(['3 DIFF 3:1', '3 PROPOSAL 3:1; COMMIT 2:3; NEWLEADER 3:0']);
    driver.flush().ack(two, '3:1').ack(three, '3:0');
    expect(driver.take()).toContain('deliver 3:1');
  });

  it('takes the ACKs of the old epoch that are still on their way, and requests and syncs meanwhile', () => {
    const { driver, two, three } = usedUp();
    rollOver(driver).ack(three, '2:3').flush().ack(three, '2:3').take();
    driver.receive(three, { type: 'REQUEST', requests: [request(5)] }, { type: 'SYNC', syncId: 7 });
    expect(driver.take()).toEqual([]);
    for (const link of [two, three]) driver.acknowledgeEpoch(link, { current: 2, last: '2:3' });
    driver.flush().ack(two, '3:0').take();
    // Only behind UPTODATE: else what is proposed for it would overtake that.
    driver.ack(three, '3:0');
    const [upToDate, requests] = driver.take();
    expect(upToDate).toMatch(/^3 COMMIT 2:3; UPTODATE/);
    expect(requests).toBe('requests 5');
    driver
      .pong(two, driver.newestRound() + 1)
      .tick(50)
      .pong(two, driver.newestRound());
    expect(driver.takeSent(3)).toContain('SYNC 7');
  });

  it('answers no sync of a learner ahead of what was committed before it asked', () => {
    const { driver, two, three } = usedUp();
    rollOver(driver).flush().acknowledgeEpoch(two, { current: 2, last: '2:3' }).flush().ack(two, '3:0');
    driver.propose();
    driver.flush().ack(two, '3:1').take();
    const confirm = () => driver.tick(50).pong(two, driver.newestRound()).takeSent(3);
    driver.receive(three, { type: 'SYNC', syncId: 7 });
    expect(confirm()).toEqual([]);
    driver.acknowledgeEpoch(three, { current: 2, last: '2:3' }).ack(three, '3:0');
    const arrival = driver.takeSent(3);
    expect(arrival).toContain('PROPOSAL 3:1');
    expect(arrival).not.toContain('SYNC 7');
    expect(confirm()).toContain('SYNC 7');
  });

  it('takes every observer along at once, however few may be synchronized at a time', () => {
    const { driver, two, three } = establish({ options: { lastCounter: 3, syncLimits: { snapshots: 1, diffs: 1 } } });
    const observers = [4, 5, 6].map((id) => driver.joinFully(id, { last: '1:2', observer: true }));
    rollOver(driver).flush();
    for (const link of [two, three, ...observers]) driver.acknowledgeEpoch(link, { current: 2, last: '1:2' });
    driver.take();
    const sent = driver.flush().take();
    expect(sent.filter((line) => line.endsWith('NEWLEADER 3:0'))).toHaveLength(5);
    expect(driver.leader.learnerViews()).toHaveLength(5);
  });

  it('counts no ACKEPOCH of a learner that has accepted as much before, nor of one with more', () => {
    const { driver, two, three } = usedUp();
    rollOver(driver).flush().take();
    driver.acknowledgeEpoch(two, { current: -1, last: '2:3' });
    expect(driver.take()).toEqual([]);
    driver.acknowledgeEpoch(three, { current: 2, last: '2:4' });
    expect(driver.take().at(-1)).toMatch(/^stepDown: no quorum is left/);
  });

  it('asks for an epoch above all that its voters have accepted', () => {
    const { driver } = usedUp();
    rollOver(driver);
    // A newcomer that has accepted epoch 3 of somebody else: it can never follow epoch 3 here.
    driver.flush().take();
    driver.step({ type: 'linkDown', link: 2 as never });
    driver.announce(3, { accepted: 4 });
    expect(driver.take().at(-1)).toMatch(/^stepDown: server 3 has accepted epoch 4, above ours, 3/);
  });

  it('drops whom it was bringing in sync', () => {
    const { driver } = usedUp();
    const four = driver.join(4, { accepted: 2, last: '1:2', observer: true });
    driver.take();
    expect(rollOver(driver).take()[0]).toBe('closeLink 4');
    driver.acknowledgeEpoch(four);
    expect(driver.leader.learnerViews().map(({ sid }) => sid)).toEqual([2, 3]);
  });

  it('steps down when no quorum answers within syncLimit, or none is there', () => {
    const silent = usedUp();
    rollOver(silent.driver).flush();
    for (let time = 0; time <= 500; time += 50) {
      silent.driver.tick(50);
      for (const link of [silent.two, silent.three]) silent.driver.pong(link, 0);
    }
    expect(silent.driver.take().at(-1)).toMatch(/^stepDown: no quorum followed within/);
    const alone = usedUp();
    rollOver(alone.driver).flush();
    for (const link of [alone.two, alone.three]) alone.driver.step({ type: 'linkDown', link });
    alone.driver.tick(50);
    expect(alone.driver.take().at(-1)).toBe('stepDown: the quorum was lost while the epoch rolled over');
  });

  it('gives up a learner that pings and comes no nearer, for which the next rollover would wait', () => {
    const { driver, two, three } = usedUp();
    rollOver(driver).flush().acknowledgeEpoch(two, { current: 2, last: '2:3' }).flush().ack(two, '3:0').take();
    for (let time = 0; time <= 500; time += 50) {
      driver.tick(50);
      for (const link of [two, three]) driver.pong(link, 0);
    }
    expect(driver.take()).toEqual(['closeLink 3']);
    driver.propose(3);
    driver.flush().ack(two, '3:3');
    rollOver(driver);
    expect(driver.take().at(-1)).toBe('writeAcceptedEpoch 4');
  });

  it('does not while it hands over, and hands over no more once it has begun', () => {
    const { driver } = usedUp();
    driver.step({ type: 'transfer', to: undefined, leaves: false }).take();
    rollOver(driver).flush();
    expect(driver.take()).toEqual([]);
    const other = usedUp();
    rollOver(other.driver).flush().take();
    other.driver.step({ type: 'transfer', to: undefined, leaves: false });
    expect(other.driver.take()).toEqual(['transferRefused: no quorum follows this leader yet']);
  });

  it('has no epoch to go on to behind the last but one', () => {
    const last = 0xffff_fffe;
    const { driver } = establish({ accepted: last - 1, options: { lastCounter: 1 } });
    expect(driver.leader.epoch).toBe(epoch(last));
    rollOver(driver);
    expect(driver.take().at(-1)).toBe('stepDown: the epochs are used up');
  });
});
