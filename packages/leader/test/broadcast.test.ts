// Proposals, acknowledgements, commits: what is counted, and what of it a hostile or confused learner cannot change.

import type { LinkId } from '@zebu/interfaces';
import type { FlushToken } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { run, zxid } from './notation.ts';

/** A leader of epoch 2 with `count` voters, itself included. */
function ensembleOf(count: number): { driver: LeaderDriver; links: LinkId[] } {
  const voters = Array.from({ length: count }, (_, index) => index + 1);
  const driver = new LeaderDriver({ voters, delivered: '1:1' }).start();
  const others = voters.slice(1);
  const links = others.map((id) => driver.announce(id));
  driver.flush();
  for (const link of links) driver.acknowledgeEpoch(link, { current: 1, last: '1:1' });
  driver.flush();
  for (const link of links) driver.ack(link, '2:0');
  driver.take();
  return { driver, links };
}

describe('a commit takes a quorum that flushed', () => {
  it('1 voter: its own flush', () => {
    const { driver } = ensembleOf(1);
    driver.propose(2);
    expect(driver.take()).toEqual(['logTxns 2:1..2:2']);
    driver.flush();
    expect(driver.take()).toEqual(['deliver 2:1..2:2']);
  });

  it('3 voters: two of them, the leader among them or not', () => {
    const { driver, links } = ensembleOf(3);
    const [two, three] = links as [LinkId, LinkId];
    driver.propose(1);
    expect(driver.take()).toEqual(['2,3 PROPOSAL 2:1', 'logTxns 2:1']);
    driver.ack(two, '2:1');
    expect(driver.take()).toEqual([]);
    driver.ack(three, '2:1');
    expect(driver.take()).toEqual(['2,3 COMMIT 2:1', 'deliver 2:1']);
    driver.flush();
    expect(driver.take()).toEqual([]);
  });

  it('5 voters: three of them, and as far as the third', () => {
    const { driver, links } = ensembleOf(5);
    driver.propose(3);
    driver.flush().take();
    driver.ack(links[0] as LinkId, '2:3');
    expect(driver.take()).toEqual([]);
    driver.ack(links[1] as LinkId, '2:2');
    expect(driver.take()).toEqual(['2,3,4,5 COMMIT 2:2', 'deliver 2:1..2:2']);
    driver.ack(links[2] as LinkId, '2:3');
    expect(driver.take()).toEqual(['2,3,4,5 COMMIT 2:3', 'deliver 2:3']);
  });

  it('"a proposal is acknowledged only when flushed": our own ACK waits for its own flush, not an earlier one', () => {
    const { driver, links } = ensembleOf(3);
    driver.propose(1);
    driver.ack(links[0] as LinkId, '2:1').take();
    // A token that was handed out before the proposal says nothing of it.
    driver.step({ type: 'flushed', token: 1 as FlushToken });
    expect(driver.take()).toEqual([]);
    driver.flush();
    expect(driver.take()).toEqual(['2,3 COMMIT 2:1', 'deliver 2:1']);
  });

  it('one flush speaks of every proposal before it, and of none after', () => {
    const { driver, links } = ensembleOf(3);
    driver.propose(1);
    const token = driver
      .takeEffects()
      .flatMap((effect) => (effect.type === 'flush' ? [effect.token] : []))[0] as FlushToken;
    driver.propose(1);
    driver.ack(links[0] as LinkId, '2:2').take();
    driver.step({ type: 'flushed', token });
    expect(driver.take()).toEqual(['2,3 COMMIT 2:1', 'deliver 2:1']);
  });

  it('an ACK of an observer counts for nothing', () => {
    const { driver } = establish({ voters: [1, 2, 3] });
    const four = driver.joinFully(4, { observer: true, accepted: 2, last: '1:2' });
    driver.propose(1);
    driver.flush().take();
    driver.ack(four, '2:0');
    expect(driver.take()).toEqual(['closeLink 4']);
  });

  it('the ACK of a link that broke no longer counts', () => {
    const { driver, links } = ensembleOf(5);
    const [two, three, four] = links as [LinkId, LinkId, LinkId];
    driver.propose(1);
    driver.ack(two, '2:1').ack(four, '2:1').step({ type: 'linkDown', link: two }).take();
    driver.flush();
    expect(driver.take()).toEqual([]);
    driver.ack(three, '2:1');
    expect(driver.take()).toEqual(['3,4,5 COMMIT 2:1', 'deliver 2:1']);
  });

  it('the ACK of NEWLEADER by a late joiner may be the one that was missing', () => {
    const { driver, two, three } = establish();
    driver.propose(2);
    driver.flush().step({ type: 'linkDown', link: two }).step({ type: 'linkDown', link: three }).take();
    const again = driver.join(2, { accepted: 2, current: -1, last: '1:2' });
    expect(driver.takeSent(2)).toContain('PROPOSAL 2:1..2:2');
    driver.ack(again, '2:0');
    expect(driver.take()).toEqual(['2 COMMIT 2:2', 'deliver 2:1..2:2', '2 COMMIT 2:2; UPTODATE 2:0']);
  });

  it('a learner that is synced and not up to date yet is sent proposals and commits (protocol ambiguity 1)', () => {
    const { driver, two } = establish();
    driver.join(3, { accepted: 2, current: -1, last: '1:2' });
    driver.take();
    driver.propose(1);
    driver.flush().ack(two, '2:1');
    expect(driver.takeSent(3)).toEqual(['PROPOSAL 2:1', 'COMMIT 2:1']);
  });
});

describe('zxids', () => {
  it("go on by one in the leader's own epoch", () => {
    const { driver } = establish();
    expect(driver.leader.nextZxid()).toBe(zxid('2:1'));
    driver.propose(3);
    expect(driver.leader.nextZxid()).toBe(zxid('2:4'));
  });

  it.each([
    { what: 'a gap', txns: '2:2' },
    { what: 'a repetition', txns: '1:2' },
    { what: 'another epoch', txns: '3:1' },
    { what: 'a hole within', txns: '2:1,2:3' },
  ])('$what in what prep made is a broken invariant', ({ txns }) => {
    const { driver } = establish();
    expect(() => driver.step({ type: 'propose', txns: run(txns) })).toThrow(/order|gap|epoch/);
  });

  it('an empty batch is nothing', () => {
    const { driver } = establish();
    driver.step({ type: 'propose', txns: [] });
    expect(driver.take()).toEqual([]);
  });

  it('are counted down, so that a new epoch can be asked for in time', () => {
    const last = 0xffff_ffff;
    const { driver } = establish();
    expect(driver.leader.remainingZxidCount).toBe(last);
    driver.propose(1);
    expect(driver.leader.remainingZxidCount).toBe(last - 1);
  });

  it('of a log that ended with the greatest counter are followed by the next epoch', () => {
    const driver = new LeaderDriver({ voters: [1], delivered: '1:4294967294..1:4294967295' });
    driver.start().flush().flush();
    expect(driver.leader.nextZxid()).toBe(zxid('2:1'));
  });

  it('a log that does not end where tree and tail do, or a window that does not end with the tree, is a broken invariant', () => {
    expect(() => new LeaderDriver({ delivered: '1:1', tail: '1:3' })).toThrow('leave no gap');
    expect(() => new LeaderDriver({ delivered: '1:2', tail: '2:2' })).toThrow('leave no gap');
    expect(() => new LeaderDriver({ delivered: '1:1', tail: '1:2,2:1..2:2' })).not.toThrow();
  });
});

describe('an acknowledgement that cannot be', () => {
  it.each([
    { what: 'of what was never sent', position: '2:5' },
    { what: 'of a later epoch', position: '3:1' },
    { what: 'of an earlier epoch, between two txns of the log', position: '1:9' },
    { what: 'of nothing at all', position: '0:0' },
    { what: 'of NEWLEADER, twice', position: '2:0' },
    { what: 'of another NEWLEADER', position: '3:0' },
  ])('$what ends the link and commits nothing', ({ position }) => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.flush().take();
    driver.ack(two, position);
    expect(driver.take()).toEqual(['closeLink 2']);
    driver.ack(three, '2:1');
    expect(driver.take()).toEqual(['3 COMMIT 2:1', 'deliver 2:1']);
  });

  it('an older one is ignored', () => {
    const { driver, two } = establish();
    driver.propose(2);
    driver.flush().ack(two, '2:2').take();
    driver.ack(two, '2:1').ack(two, '2:2');
    expect(driver.take()).toEqual([]);
  });

  it('of a proposal before NEWLEADER (ZOOKEEPER-4685)', () => {
    const { driver } = establish();
    driver.propose(1);
    const three = driver.join(3, { accepted: 2, current: -1, last: '1:2' });
    driver.take();
    driver.ack(three, '2:1');
    expect(driver.take()).toEqual(['closeLink 3']);
  });

  it('before there is an epoch', () => {
    const driver = new LeaderDriver({ voters: [1, 2, 3, 4, 5] }).start();
    driver.ack(driver.announce(2), '0:0');
    expect(driver.take()).toEqual(['closeLink 2']);
  });
});

describe('observers', () => {
  it('get INFORM, and no PROPOSAL', () => {
    const { driver, two } = establish();
    driver.joinFully(4, { observer: true, accepted: 2, last: '1:2' });
    driver.take();
    driver.propose(2);
    expect(driver.takeSent(4)).toEqual([]);
    driver.flush().ack(two, '2:1');
    driver.ack(two, '2:2');
    expect(driver.takeSent(4)).toEqual(['INFORM 2:1', 'INFORM 2:2']);
  });

  it('a server that is no voter is informed even if it calls itself a follower, and may acknowledge', () => {
    const { driver, two } = establish();
    const nine = driver.joinFully(9, { accepted: 2, current: 1, last: '1:2' });
    driver.propose(1);
    driver.flush().ack(two, '2:1');
    expect(driver.take()).toContain('9 INFORM 2:1');
    driver.ack(nine, '2:1');
    expect(driver.take()).toEqual([]);
  });

  it('a voter that takes itself for an observer is part of the quorum all the same', () => {
    const { driver, two, three } = establish();
    driver.step({ type: 'linkDown', link: three });
    driver.joinFully(3, { observer: true, accepted: 2, last: '1:2' });
    driver.step({ type: 'linkDown', link: two }).take();
    driver.tick(50);
    expect(driver.take().filter((line) => line.startsWith('stepDown'))).toEqual([]);
  });
});

describe('what learners ask for', () => {
  it('requests, revalidations and touched sessions go to the peer', () => {
    const { driver, two } = establish();
    const request = { sessionId: 7n as never, cxid: 1, type: 1, payload: new Uint8Array(0), authInfo: [] };
    driver.receive(
      two,
      { type: 'REQUEST', requests: [request, { ...request, cxid: 2 }] },
      { type: 'REVALIDATE', sessionId: 7n as never, timeoutMs: 5, valid: false, lastProposedZxid: 0n as never },
      { type: 'PING', round: 0, sessions: [{ sessionId: 7n as never, timeoutMs: 5 }] },
    );
    expect(driver.take()).toEqual(['requests 1 2', 'revalidate 2', 'touch 7']);
    driver.step({ type: 'revalidated', link: two, sessionId: 7n as never, timeoutMs: 5, valid: true });
    expect(driver.take()).toEqual(['2 REVALIDATE 7 true at 1:2']);
    driver.step({ type: 'linkDown', link: two }).take();
    driver.step({ type: 'revalidated', link: two, sessionId: 7n as never, timeoutMs: 5, valid: true });
    expect(driver.take()).toEqual([]);
  });

  it("sessions touched by a learner that is not up to date are nobody's", () => {
    const { driver } = establish();
    const four = driver.join(4, { observer: true, accepted: 2, last: '1:2' });
    driver.take();
    driver.receive(four, { type: 'PING', round: 1, sessions: [{ sessionId: 7n as never, timeoutMs: 5 }] });
    expect(driver.take()).toEqual([]);
  });
});
