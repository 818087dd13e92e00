// Time: who is dropped, when a leader gives up, and that a stall of our own is held against nobody.

import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { showPacket } from './notation.ts';

// Ticks of 100 ms, initLimit 10, syncLimit 5, as in the harness.
const HALF_TICK = 50;
const INIT_LIMIT = 1000;
const SYNC_LIMIT = 500;

/** Ticks for so long; `talk` says what is heard before each. */
function pass(driver: LeaderDriver, ms: number, talk: () => void = () => undefined): string[] {
  const trace: string[] = [];
  for (let passed = 0; passed < ms; passed += HALF_TICK) {
    talk();
    driver.tick(HALF_TICK);
    trace.push(...driver.take());
  }
  return trace;
}

describe('PING', () => {
  it('goes to everybody twice a tick, whatever their phase', () => {
    const { driver } = establish();
    driver.link(4);
    driver.tick(HALF_TICK - 1);
    expect(driver.takeEffects()).toEqual([]);
    driver.tick(1);
    const [ping] = driver.takeEffects();
    expect(ping?.type === 'send' && ping.links.length).toBe(3);
    expect(ping?.type === 'send' && ping.packets.map(showPacket)).toEqual(['PING 1']);
    expect(driver.leader.nextWakeup()).toBe(driver.now + HALF_TICK);
  });
});

describe('"any packet is a sign of life"', () => {
  it('a learner that sends anything stays', () => {
    const { driver, two, three } = establish();
    const trace = pass(driver, 4 * SYNC_LIMIT, () => {
      driver.receive(two, { type: 'SYNC', syncId: 1 });
      driver.receive(three, {
        type: 'REVALIDATE',
        sessionId: 1n as never,
        timeoutMs: 1,
        valid: false,
        lastProposedZxid: 0n as never,
      });
    });
    expect(trace.filter((line) => /closeLink|stepDown/.test(line))).toEqual([]);
  });

  it('a silent follower is dropped after syncLimit', () => {
    const { driver, two } = establish();
    expect(pass(driver, SYNC_LIMIT, () => driver.pong(two, 0))).toEqual([]);
    expect(pass(driver, HALF_TICK, () => driver.pong(two, 0))).toEqual(['closeLink 3']);
  });

  it('a silent learner that is not up to date yet has initLimit', () => {
    const { driver, two, three } = establish();
    driver.link(4);
    const talk = (): void => void driver.pong(two, 0).pong(three, 0);
    expect(pass(driver, INIT_LIMIT, talk)).toEqual([]);
    expect(pass(driver, HALF_TICK, talk)).toEqual(['closeLink 4']);
  });
});

describe('"a peer that pings but acknowledges no proposal for syncLimit is dropped"', () => {
  it('with the proposal outstanding, however much it pings', () => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.ack(two, '2:1').take();
    const talk = (): void => void driver.pong(two, 0).pong(three, 0);
    expect(pass(driver, SYNC_LIMIT, talk)).toEqual([]);
    expect(pass(driver, HALF_TICK, talk)).toEqual(['closeLink 3']);
  });

  it('not while it gets on, however far behind it is', () => {
    const { driver, two, three } = establish();
    driver.propose(30);
    driver.ack(two, '2:30').take();
    let acknowledged = 0;
    const trace = pass(driver, 25 * HALF_TICK, () => driver.pong(two, 0).ack(three, `2:${++acknowledged}`));
    expect(trace.filter((line) => line.includes('closeLink'))).toEqual([]);
  });

  it('not once it has acknowledged everything', () => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.ack(two, '2:1').ack(three, '2:1').take();
    expect(pass(driver, 3 * SYNC_LIMIT, () => driver.pong(two, 0).pong(three, 0))).toEqual([]);
  });

  it('counts from the ACK of NEWLEADER for what was forwarded while the learner synchronized', () => {
    const { driver, two } = establish();
    const three = driver.join(3, { accepted: 2, current: -1, last: '1:2' });
    driver.propose(1);
    driver.ack(two, '2:1').take();
    // A large snapshot takes its time to be installed: longer than syncLimit.
    const talk = (): void => void driver.pong(two, 0).pong(three, 0);
    expect(pass(driver, 2 * SYNC_LIMIT, talk)).toEqual([]);
    driver.ack(three, '2:0').take();
    expect(pass(driver, SYNC_LIMIT, talk)).toEqual([]);
    expect(pass(driver, HALF_TICK, talk)).toEqual(['closeLink 3']);
  });

  it('says nothing of observers, which acknowledge none', () => {
    const { driver, two, three } = establish();
    const four = driver.joinFully(4, { observer: true, accepted: 2, last: '1:2' });
    driver.propose(1);
    driver.flush().ack(two, '2:1').ack(three, '2:1').take();
    expect(pass(driver, 3 * SYNC_LIMIT, () => driver.pong(two, 0).pong(three, 0).pong(four, 0))).toEqual([]);
  });

  it('nor of one that was informed while it synchronized', () => {
    const { driver, two, three } = establish();
    const four = driver.join(4, { observer: true, accepted: 2, last: '1:2' });
    driver.propose(1);
    driver.flush().ack(two, '2:1').ack(three, '2:1').take();
    driver.ack(four, '2:0').take();
    expect(pass(driver, 3 * SYNC_LIMIT, () => driver.pong(two, 0).pong(three, 0).pong(four, 0))).toEqual([]);
  });
});

describe('"progress, not elapsed time, satisfies initLimit"', () => {
  it('a snapshot may take longer, as long as it gets on', () => {
    const { driver, two } = establish();
    const three = driver.join(3, { accepted: 2, current: -1, last: '-1' });
    driver.take();
    const trace = pass(driver, 3 * INIT_LIMIT, () =>
      driver.pong(two, 0).step({ type: 'snapshotProgress', link: three }),
    );
    expect(trace).toEqual([]);
    expect(pass(driver, 2 * INIT_LIMIT, () => driver.pong(two, 0).pong(three, 0))).toEqual([
      'closeLink 3',
      'unpinLog 3',
    ]);
  });

  it('the leader waits for the voter that makes its quorum', () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    const two = driver.join(2, { current: 0, last: '0:0' });
    driver.flush().take();
    const progress = (): void => void driver.step({ type: 'snapshotProgress', link: two });
    expect(pass(driver, 3 * INIT_LIMIT, progress)).toEqual([]);
    driver.step({ type: 'snapshotSent', link: two }).ack(two, '2:0');
    expect(driver.take()).toContain('established 2');
  });

  it("but not for an observer's snapshot", () => {
    const driver = new LeaderDriver({ delivered: '1:1' }).start();
    driver.join(2, { current: 1, last: '1:1' });
    driver.flush();
    const four = driver.join(4, { observer: true, accepted: 2, last: '-1' });
    driver.step({ type: 'linkDown', link: four });
    driver.take();
    const again = driver.join(4, { observer: true, accepted: 2, last: '-1' });
    driver.take();
    const trace = pass(driver, 2 * INIT_LIMIT, () => driver.step({ type: 'snapshotProgress', link: again }));
    expect(trace).toContain('stepDown: no quorum followed within initLimit (10 ticks)');
  });
});

describe('a leader without a quorum steps down', () => {
  it('after initLimit without one', () => {
    const driver = new LeaderDriver().start();
    expect(pass(driver, INIT_LIMIT - HALF_TICK)).toEqual([]);
    expect(pass(driver, HALF_TICK)).toEqual(['stepDown: no quorum followed within initLimit (10 ticks)']);
  });

  it('at the next tick, once it was established', () => {
    const { driver, two, three } = establish();
    driver.step({ type: 'linkDown', link: two }).take();
    expect(pass(driver, HALF_TICK, () => driver.pong(three, 0))).toEqual([]);
    driver.step({ type: 'linkDown', link: three });
    expect(pass(driver, HALF_TICK)).toEqual(['stepDown: no quorum is synced any more, only servers 1']);
  });

  it('a voter that is only synchronizing does not count', () => {
    const { driver, two, three } = establish();
    driver.step({ type: 'linkDown', link: two }).step({ type: 'linkDown', link: three });
    driver.join(2, { accepted: 2, current: -1, last: '1:2' });
    driver.take();
    expect(pass(driver, HALF_TICK)).toContain('stepDown: no quorum is synced any more, only servers 1');
  });
});

describe('"a late tick judges nobody"', () => {
  it('after a stall the silent are pinged, and heard, before they are judged', () => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.take();
    driver.tick(100 * SYNC_LIMIT, true);
    expect(driver.take()).toEqual([]);
    driver.ack(two, '2:1').ack(three, '2:1').take();
    expect(pass(driver, HALF_TICK)).toEqual([]);
  });

  it('nor does it end a leader that waits for its quorum, or for its last follower', () => {
    const driver = new LeaderDriver().start();
    driver.tick(100 * INIT_LIMIT, true);
    expect(driver.take()).toEqual([]);
    const { driver: established, two, three } = establish();
    established.step({ type: 'linkDown', link: two }).step({ type: 'linkDown', link: three }).take();
    established.tick(HALF_TICK, true);
    expect(established.take()).toEqual([]);
  });

  it('the next one judges again', () => {
    const { driver } = establish();
    driver.tick(100 * SYNC_LIMIT, true).take();
    expect(pass(driver, HALF_TICK)).toContain('closeLink 2');
  });
});

describe('"queued bytes per peer are visible to the core, which decides to cut off"', () => {
  it('above the limit, whatever the phase; its log files are let go', () => {
    const { driver, two } = establish();
    driver.step({ type: 'congested', link: two, queuedBytes: 1_000_000 });
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'congested', link: two, queuedBytes: 1_000_001 });
    expect(driver.take()).toEqual(['closeLink 2']);
    driver.step({ type: 'congested', link: two, queuedBytes: 1_000_001 });
    expect(driver.take()).toEqual([]);
    const three = driver.join(3, { accepted: 2, current: -1, last: '-1' });
    driver.take();
    driver.step({ type: 'congested', link: three, queuedBytes: 1_000_001 });
    expect(driver.take()).toEqual(['closeLink 3', 'unpinLog 3']);
  });
});
