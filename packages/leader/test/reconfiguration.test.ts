// Changes of the ensemble on the leader's side (docs/decisions/0005-the-log-knows-the-ensemble.md). Servers 1, 2, 3 are in force and 1 leads.

import type { Ensemble, ServerId } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { zxid } from './notation.ts';

const VERSION = zxid('2:1');

function ensemble(voters: readonly number[], version: bigint = VERSION, moved?: number): Ensemble {
  const servers = voters.map((id) => {
    const address = { host: id === moved ? 'elsewhere' : '127.0.0.1', port: 1 };
    return [
      id as ServerId,
      { id: id as ServerId, role: 'participant', quorumAddress: address, electionAddress: address },
    ] as const;
  });
  return { version, servers: new Map(servers) };
}

describe('from the proposal of a reconfig on', () => {
  it('quorums of the old and of the new configuration commit', () => {
    const { driver, two, three } = establish();
    const four = driver.joinFully(4, { accepted: 2, last: '1:2' });
    const five = driver.joinFully(5, { accepted: 2, last: '1:2' });
    driver.take();
    driver.proposeReconfig(ensemble([3, 4, 5]));
    driver.flush().ack(two, '2:1').ack(four, '2:1');
    expect(driver.take().filter((line) => line.includes('COMMIT'))).toEqual([]);
    driver.ack(five, '2:1');
    expect(driver.take()).toContain('2,3,4,5 COMMITANDACTIVATE 2:1 led by 5');
    driver.ack(three, '2:1');
  });

  it('who gets a vote is given what only voters had, and its acknowledgement counts', () => {
    const { driver, two } = establish();
    const four = driver.joinFully(4, { accepted: 2, last: '1:2' });
    driver.propose();
    driver.take();
    driver.proposeReconfig(ensemble([1, 2, 4], zxid('2:2')));
    expect(driver.take().slice(0, 2)).toEqual(['4 PROPOSAL 2:1', '2,3,4 PROPOSAL 2:2']);
    driver.flush().ack(two, '2:2');
    // Both have their quorums: {1, 2} of the old, {1, 2} of the new.
    expect(driver.take()).toEqual(['2,3,4 COMMITANDACTIVATE 2:2 led by 1', 'deliver 2:1..2:2']);
    driver.ack(four, '2:2');
    driver.propose();
    driver.take();
    driver.flush().ack(four, '2:3');
    expect(driver.take()[0]).toBe('2,4 COMMIT 2:3');
  });

  it('who has no vote any more is only informed, and not disbelieved for what it holds', () => {
    const { driver, two, three } = establish();
    driver.proposeReconfig(ensemble([1, 2]));
    driver.propose();
    driver.flush().ack(two, '2:1').take();
    driver.ack(three, '2:2');
    expect(driver.take()).toEqual([]);
    driver.ack(two, '2:2');
    expect(driver.take()).toEqual(['2 COMMIT 2:2', '3 INFORM 2:2', 'deliver 2:2']);
  });

  it('what was proposed behind it needs the new configuration alone once it is committed', () => {
    const { driver, two, three } = establish();
    driver.proposeReconfig(ensemble([1, 2]));
    driver.propose(2);
    driver.flush().ack(two, '2:3').take();
    // {1, 2} are quorums of both: all is committed at once.
    driver.ack(three, '2:1');
    expect(driver.leader.undelivered).toEqual([]);
  });

  it('a leader without a quorum of the new configuration steps down', () => {
    const { driver } = establish();
    const four = driver.joinFully(4, { accepted: 2, last: '1:2' });
    driver.proposeReconfig(ensemble([4, 5]));
    driver.step({ type: 'linkDown', link: four });
    driver.tick(50);
    expect(driver.take().some((line) => line.startsWith('stepDown: no quorum is synced any more'))).toBe(true);
  });

  it('a leader makes way for who gets a vote and has accepted a later epoch', () => {
    const { driver } = establish();
    driver.joinFully(4, { accepted: 7, last: '1:2' });
    driver.joinFully(5, { accepted: 9, last: '1:2' });
    driver.take();
    driver.proposeReconfig(ensemble([1, 2, 3, 4]));
    expect(driver.takeEffects().filter(({ type }) => type !== 'closeLink')).toMatchObject([
      { type: 'send' },
      { type: 'logTxns' },
      { type: 'flush' },
      { type: 'writeAcceptedEpoch', epoch: 7 },
      { type: 'stepDown', reason: 'server 4 has accepted epoch 7, above ours, 2' },
    ]);
  });

  it('a sync is confirmed by quorums of both', () => {
    const { driver, two } = establish();
    const four = driver.joinFully(4, { accepted: 2, last: '1:2' });
    driver.proposeReconfig(ensemble([4, 5, 1]));
    driver.step({ type: 'sync', syncId: 7 });
    const round = driver.newestRound();
    driver.pong(two, round);
    expect(driver.take()).not.toContain('syncConfirmed 7');
    driver.pong(four, round);
    expect(driver.take()).toContain('syncConfirmed 7');
  });
});

describe('a leader that the new configuration leaves out, or puts elsewhere', () => {
  it.each([
    ['has no vote', ensemble([2, 3])],
    ['has another address', ensemble([1, 2, 3], VERSION, 1)],
  ])('commits it, names the voter that holds the most, and commits nothing more (%s)', (_, next) => {
    const { driver, two, three } = establish();
    driver.proposeReconfig(next);
    driver.propose();
    driver.ack(two, '2:2').take();
    driver.flush().ack(three, '2:1');
    expect(driver.take()[0]).toMatch(/^2,3 COMMITANDACTIVATE 2:[12] led by 2$/);
    driver.ack(three, '2:2');
    expect(driver.take()).toEqual([]);
    expect(driver.leader.proposes).toBe(false);
  });

  it('names a voter that takes itself for an observer still, where there is no other', () => {
    const { driver, two, three } = establish();
    const four = driver.joinFully(4, { accepted: 2, last: '1:2', observer: true });
    driver.take();
    driver.proposeReconfig(ensemble([4]));
    driver.flush().ack(two, '2:1').ack(three, '2:1').take();
    driver.ack(four, '2:1');
    expect(driver.take()).toContain('2,3,4 COMMITANDACTIVATE 2:1 led by 4');
    expect(driver.leader.proposes).toBe(false);
  });

  it('leaves once its learners have, with its successor', () => {
    const { driver, two, three } = establish();
    driver.proposeReconfig(ensemble([2, 3]));
    driver.flush().ack(two, '2:1').ack(three, '2:1').take();
    driver.step({ type: 'linkDown', link: two });
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'linkDown', link: three });
    expect(driver.takeEffects()).toMatchObject([{ type: 'stepDown', successor: 3 }]);
  });

  it('leaves after a tick at the latest', () => {
    const { driver, two, three } = establish();
    driver.proposeReconfig(ensemble([2, 3]));
    driver.flush().ack(two, '2:1').ack(three, '2:1').take();
    driver.tick(50);
    driver.tick(50);
    expect(driver.takeEffects().at(-1)).toMatchObject({ type: 'stepDown', successor: 3 });
  });
});

describe('a leader whose log ends in a reconfig', () => {
  const inForce = ensemble([1, 2, 3], 0n);
  const pending = ensemble([3, 4, 5], zxid('1:2'));
  const begin = (): LeaderDriver =>
    new LeaderDriver({ delivered: '1:1', tail: '1:2', membership: new Membership(inForce, pending) }).start();

  it('is accepted, and established, by quorums of both', () => {
    const driver = begin();
    const two = driver.announce(2);
    const four = driver.announce(4);
    driver.flush();
    expect(driver.leader.epoch).toBeUndefined();
    const five = driver.announce(5);
    driver.flush();
    expect(driver.leader.epoch).toBe(2);
    for (const link of [two, four]) driver.acknowledgeEpoch(link, { current: 1, last: '1:2' });
    driver.flush();
    expect(driver.leader.zabState).toBe('DISCOVERY');
    driver.acknowledgeEpoch(five, { current: 1, last: '1:2' });
    driver.flush();
    for (const link of [two, four]) driver.ack(link, '2:0');
    expect(driver.leader.zabState).toBe('SYNCHRONIZATION');
    driver.take();
    driver.ack(five, '2:0');
    const lines = driver.take();
    expect(lines.slice(0, 2)).toEqual(['deliver 1:2', 'established 2']);
    // It was a voter of the old configuration only.
    expect(lines.at(-1)).toBe('2,4,5 COMMITANDACTIVATE 1:2 led by 5');
    expect(driver.leader.membership.inForce).toBe(pending);
  });

  it('leads a learner that knows that it is committed, and none that knows a newer one', () => {
    const driver = begin();
    driver.announce(4, { configVersion: zxid('1:2') });
    driver.announce(5, { configVersion: zxid('1:3') });
    expect(driver.take().filter((line) => line.startsWith('closeLink'))).toEqual(['closeLink 5']);
  });
});

describe('a configuration without a version', () => {
  it('gets that of the epoch once it is led, where ensembles may change', () => {
    const { driver } = establish({ options: { reconfigEnabled: true } });
    expect(driver.leader.membership.inForce.version).toBe(zxid('2:0'));
    expect(establish().driver.leader.membership.inForce.version).toBe(0n);
  });
});
