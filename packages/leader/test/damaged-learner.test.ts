// A learner that lost a part of its history (docs/decisions/0008): it is given everything, and counted for nothing.

import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';

const DAMAGED = { accepted: 1, current: -1, last: '-1', damaged: true };

/** As a damaged learner says of itself: no epoch, no history. */
function joinDamaged(driver: LeaderDriver, id: number, accepted = 1) {
  const link = driver.announce(id, { ...DAMAGED, accepted });
  driver.flush();
  driver.receive(link, { type: 'ACKEPOCH', currentEpoch: -1 as never, lastZxid: -1n as never });
  return link;
}

describe('in discovery a damaged voter', () => {
  it('does not help to find an epoch, but its own is heard', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
    driver.announce(3, { ...DAMAGED, accepted: 6 });
    driver.flush();
    expect(driver.leader.epoch).toBeUndefined();
    driver.announce(2, { accepted: 1 });
    expect(driver.leader.epoch).toBe(7);
  });

  it('leaves a leader alone whom nobody else can follow', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
    driver.announce(2, DAMAGED);
    driver.take();
    driver.announce(3, DAMAGED);
    expect(driver.take().at(-1)).toBe('stepDown: no quorum is left that may accept this leader');
  });
});

describe('the ACK of NEWLEADER of a damaged voter', () => {
  it('establishes nobody', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
    const two = driver.announce(2, { accepted: 1, current: 1, last: '1:2' });
    const three = driver.announce(3, DAMAGED);
    driver.flush();
    driver.acknowledgeEpoch(two, { current: 1, last: '1:2' });
    driver.receive(three, { type: 'ACKEPOCH', currentEpoch: -1 as never, lastZxid: -1n as never });
    driver.flush();
    driver.step({ type: 'snapshotSent', link: three });
    driver.take();
    driver.ack(three, '2:0');
    expect(driver.take()).toEqual([]);
    driver.ack(two, '2:0');
    expect(driver.take()).toContain('established 2');
  });
});

describe('under an established leader a damaged voter', () => {
  it('is sent a snapshot, then what is committed, and UPTODATE', () => {
    const { driver } = establish();
    const link = joinDamaged(driver, 3);
    expect(driver.takeSent(3)).toEqual(['LEADERINFO 2', 'SNAP 1:2']);
    driver.step({ type: 'snapshotSent', link });
    expect(driver.takeSent(3)).toEqual(['COMMIT 1:2; NEWLEADER 2:0'].flatMap((line) => line.split('; ')));
    driver.ack(link, '2:0');
    expect(driver.takeSent(3)).toEqual(['COMMIT 1:2', 'UPTODATE 2:0']);
    driver.propose();
    expect(driver.takeSent(3)).toEqual([]);
  });

  it('commits nothing with its ACKs', () => {
    const { driver, two } = establish();
    const link = joinDamaged(driver, 3);
    driver.step({ type: 'snapshotSent', link }).ack(link, '2:0');
    driver.propose();
    driver.flush().take();
    driver.ack(link, '2:1');
    expect(driver.take().some((line) => line.includes('deliver'))).toBe(false);
    driver.ack(two, '2:1');
    expect(driver.take()).toContain('deliver 2:1');
  });

  it('is no part of a quorum that the leader needs: without the others it steps down', () => {
    const { driver, two } = establish();
    const link = joinDamaged(driver, 3);
    driver.step({ type: 'snapshotSent', link }).ack(link, '2:0');
    driver.step({ type: 'linkDown', link: two }).tick(50);
    expect(driver.take().at(-1)).toMatch(/^stepDown: no quorum is synced any more/);
  });

  it('hears that the leader leads still when a quorum without it says so', () => {
    const { driver, two } = establish();
    const link = joinDamaged(driver, 3);
    driver.step({ type: 'snapshotSent', link }).ack(link, '2:0').takeSent(3);
    driver.receive(link, { type: 'SYNC', syncId: 0 }).pong(link, 1);
    expect(driver.takeSent(3)).toEqual([]);
    driver.pong(two, 1);
    expect(driver.takeSent(3)).toEqual(['SYNC 0']);
  });

  it('counts again once it comes back healed', () => {
    const { driver, two } = establish();
    joinDamaged(driver, 3);
    driver.joinFully(3, { accepted: 2, current: -1, last: '1:2' });
    driver.step({ type: 'linkDown', link: two }).tick(50).take();
    driver.propose();
    expect(driver.takeSent(3)).toEqual(['PROPOSAL 2:1']);
  });

  it('that accepted a later epoch makes the leader give way, and know of that epoch', () => {
    const { driver } = establish();
    driver.announce(3, { ...DAMAGED, accepted: 9 });
    const effects = driver.take();
    expect(effects).toContain('writeAcceptedEpoch 9');
    expect(effects.at(-1)).toBe('stepDown: server 3 has accepted epoch 9, above ours, 2');
  });
});
