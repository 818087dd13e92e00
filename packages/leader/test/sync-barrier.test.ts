// design.md section 3: "sync is a quorum operation". Elsewhere, the random schedules hold every answer against what was committed before.

import type { LinkId } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';

/** The rounds of PING that went out, and to how many. */
function rounds(driver: LeaderDriver): string[] {
  return driver
    .takeEffects()
    .flatMap((effect) =>
      effect.type === 'send'
        ? effect.packets.flatMap((packet) =>
            packet.type === 'PING' ? [`${packet.round} to ${effect.links.length}`] : [],
          )
        : effect.type === 'syncConfirmed'
          ? [`confirmed ${effect.syncId}`]
          : [],
    );
}

const sync = (driver: LeaderDriver, syncId: number): LeaderDriver => driver.step({ type: 'sync', syncId });

describe('"answered after a quorum confirmed the leader"', () => {
  it('by answering a round begun for it', () => {
    const { driver, two } = establish();
    sync(driver, 7);
    expect(rounds(driver)).toEqual(['1 to 2']);
    driver.pong(two, 1);
    expect(rounds(driver)).toEqual(['confirmed 7']);
  });

  it('a majority of five takes two besides the leader', () => {
    const voters = [1, 2, 3, 4, 5];
    const driver = new LeaderDriver({ voters, delivered: '1:1' }).start();
    const links = [2, 3, 4].map((id) => driver.announce(id)) as [LinkId, LinkId, LinkId];
    driver.flush();
    for (const link of links) driver.acknowledgeEpoch(link, { current: 1, last: '1:1' });
    driver.flush();
    for (const link of links) driver.ack(link, '2:0');
    driver.take();
    sync(driver, 7).pong(links[0], 1).pong(links[0], 1);
    expect(rounds(driver)).toEqual(['1 to 3']);
    driver.pong(links[2], 1);
    expect(rounds(driver)).toEqual(['confirmed 7']);
  });

  it('a leader without others confirms itself', () => {
    const driver = new LeaderDriver({ voters: [1] }).start().flush().flush();
    driver.take();
    expect(sync(driver, 1).take()).toEqual(['syncConfirmed 1']);
    expect(sync(driver, 2).take()).toEqual(['syncConfirmed 2']);
  });

  it("an observer's answer counts for nothing, nor is it asked", () => {
    const { driver } = establish();
    const four = driver.joinFully(4, { observer: true, accepted: 2, last: '1:2' });
    driver.take();
    sync(driver, 7);
    expect(rounds(driver)).toEqual(['1 to 2']);
    driver.pong(four, 1);
    expect(rounds(driver)).toEqual([]);
  });

  it('a learner is answered on its link, behind the commits that came before', () => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.receive(two, { type: 'SYNC', syncId: 3 }).take();
    driver.ack(three, '2:1').flush().pong(three, 1);
    expect(driver.takeSent(2)).toEqual(['COMMIT 2:1', 'SYNC 3']);
  });

  it('a learner that left is not answered', () => {
    const { driver, two, three } = establish();
    driver.receive(two, { type: 'SYNC', syncId: 3 }).step({ type: 'linkDown', link: two }).take();
    driver.pong(three, 1).pong(three, 2);
    expect(driver.take()).toEqual([]);
  });
});

describe('"a voter\'s answer to a token sent after the request arrived (one round serves all waiting syncs)"', () => {
  it('those that arrive while a round is in flight share the next', () => {
    const { driver, two } = establish();
    sync(sync(sync(driver, 1), 2), 3);
    expect(rounds(driver)).toEqual(['1 to 2']);
    driver.pong(two, 1);
    expect(rounds(driver)).toEqual(['confirmed 1', '2 to 2']);
    driver.pong(two, 2);
    expect(rounds(driver)).toEqual(['confirmed 2', 'confirmed 3']);
  });

  it('"a reply already under way does not count": neither to a PING that only filled silence', () => {
    const { driver, two, three } = establish();
    driver.tick(50);
    expect(rounds(driver)).toEqual(['1 to 2']);
    sync(driver, 7);
    driver.pong(two, 1).pong(three, 1);
    expect(rounds(driver)).toEqual(['2 to 2']);
    driver.pong(three, 2);
    expect(rounds(driver)).toEqual(['confirmed 7']);
  });

  it('a round does not depend on one that was asked and left: the others are asked anew', () => {
    const { driver, two, three } = establish();
    driver.step({ type: 'linkDown', link: three }).take();
    sync(driver, 7);
    expect(rounds(driver)).toEqual(['1 to 1']);
    driver.step({ type: 'linkDown', link: two });
    const again = driver.joinFully(3, { accepted: 2, current: -1, last: '1:2' });
    const [latest] = rounds(driver).slice(-1);
    expect(latest).toMatch(/ to 1$/);
    driver.pong(again, Number(latest?.split(' ')[0]));
    expect(rounds(driver)).toEqual(['confirmed 7']);
  });

  it('nor on PINGs sent while the leader was not established', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 1, last: '1:1' });
    driver.tick(50).flush().ack(two, '2:0').take();
    sync(driver, 7);
    expect(rounds(driver)).toEqual(['2 to 1']);
  });

  it('one that arrives before the leader is established waits for it', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 1, last: '1:1' });
    sync(driver, 7).flush().ack(two, '2:0');
    expect(rounds(driver)).toEqual(['1 to 1']);
    driver.pong(two, 1);
    expect(rounds(driver)).toEqual(['confirmed 7']);
  });
});

describe('"or an ACK of a proposal made after it"', () => {
  it('a quorum of them is a confirmation, without a PING', () => {
    const { driver, two } = establish();
    sync(driver, 7).take();
    driver.propose(1);
    driver.flush().ack(two, '2:1');
    expect(driver.take()).toEqual([
      '2,3 PROPOSAL 2:1',
      'logTxns 2:1',
      '2,3 COMMIT 2:1',
      'deliver 2:1',
      'syncConfirmed 7',
    ]);
  });

  it('of a proposal made before it, is not', () => {
    const { driver, two } = establish();
    driver.propose(1);
    sync(driver, 7).take();
    driver.flush().ack(two, '2:1');
    expect(driver.take()).not.toContain('syncConfirmed 7');
  });

  it('a deposed leader, whose voters have all promised another, answers nothing (ZOOKEEPER-1675, ZOOKEEPER-3600)', () => {
    const { driver, two, three } = establish();
    sync(driver, 7).step({ type: 'linkDown', link: two }).step({ type: 'linkDown', link: three }).take();
    driver.tick(50);
    expect(driver.take()).toEqual(['stepDown: no quorum is synced any more, only servers 1']);
  });
});
