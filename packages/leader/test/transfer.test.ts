// Leadership that is handed over on request (docs/decisions/0006-leadership-is-handed-over.md). Server 1 leads 2 and 3.

import type { ServerId } from '@zebu/protocol';
import { Membership } from '@zebu/quorum';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { sid, zxid } from './notation.ts';

const transfer = (driver: LeaderDriver, to?: number, leaves = false): LeaderDriver =>
  driver.step({ type: 'transfer', to: to === undefined ? undefined : sid(to), leaves });

/** Voters 1, 2, 3 with these weights, in one group. */
function weighted(weights: Readonly<Record<number, number>>): Membership {
  const address = { host: '127.0.0.1', port: 1 };
  const ids = Object.keys(weights).map((id) => Number(id) as ServerId);
  const servers = ids.map((id) => {
    return [id, { id, role: 'participant', quorumAddress: address, electionAddress: address }] as const;
  });
  const hierarchy = { groups: new Map([[1, ids]]), weights: new Map(ids.map((id) => [id, weights[id] as number])) };
  return new Membership({ version: 0n, servers: new Map(servers), hierarchy });
}

describe('a leader that is asked to hand over', () => {
  it('names the voter that holds the most at once when nothing is outstanding, and leaves when its learners have', () => {
    const { driver, two, three } = establish();
    expect(transfer(driver).take()).toEqual(['2,3 COMMITANDACTIVATE 1:2 led by 3']);
    expect(driver.leader.proposes).toBe(false);
    driver.step({ type: 'linkDown', link: two });
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'linkDown', link: three });
    expect(driver.takeEffects()).toMatchObject([{ type: 'stepDown', successor: 3 }]);
  });

  it('names the one that was asked for', () => {
    const { driver } = establish();
    expect(transfer(driver, 2).take()).toEqual(['2,3 COMMITANDACTIVATE 1:2 led by 2']);
  });

  it('proposes nothing more, and first commits what is outstanding', () => {
    const { driver, two, three } = establish();
    driver.propose(2);
    driver.take();
    transfer(driver, 2);
    expect(driver.take()).toEqual([]);
    expect(driver.leader.proposes).toBe(false);
    driver.flush().ack(three, '2:2');
    // Committed, but 2 is not known to hold it yet.
    expect(driver.take()).toEqual(['2,3 COMMIT 2:2', 'deliver 2:1..2:2']);
    driver.ack(two, '2:2');
    expect(driver.take()).toEqual(['2,3 COMMITANDACTIVATE 2:2 led by 2']);
  });

  it('chooses who has acknowledged everything when none was asked for', () => {
    const { driver, two } = establish();
    driver.propose();
    driver.take();
    transfer(driver).flush().ack(two, '2:1');
    expect(driver.take()).toEqual(['2,3 COMMIT 2:1', 'deliver 2:1', '2,3 COMMITANDACTIVATE 2:1 led by 2']);
  });

  it('waits no longer than its patience for acknowledgements: the successor was sent what it will commit', () => {
    const { driver } = establish();
    driver.propose();
    driver.take();
    transfer(driver);
    for (let time = 0; time < 150; time += 50) driver.tick(50);
    expect(driver.take()).toEqual([]);
    driver.tick(50);
    expect(driver.take()).toEqual(['2,3 COMMITANDACTIVATE 1:2 led by 3']);
    expect(driver.leader.undelivered).toHaveLength(1);
  });

  it('takes another when the one that was asked for is gone, and steps down when nobody is left', () => {
    const { driver, two, three } = establish();
    driver.propose();
    transfer(driver, 3);
    driver.take();
    driver.step({ type: 'linkDown', link: three });
    driver.flush().ack(two, '2:1');
    expect(driver.take()).toContain('2 COMMITANDACTIVATE 2:1 led by 2');

    const alone = establish();
    alone.driver.propose();
    transfer(alone.driver);
    alone.driver.step({ type: 'linkDown', link: alone.two }).step({ type: 'linkDown', link: alone.three });
    expect(alone.driver.take()).toContain('stepDown: nobody is left that leadership could be handed to');
    expect(alone.driver.leader.nextWakeup()).toBeUndefined();
  });

  it('tells observers too, and does not wait for them', () => {
    const { driver, two, three } = establish();
    driver.joinFully(4, { accepted: 2, last: '1:2', observer: true });
    driver.take();
    transfer(driver);
    expect(driver.take()).toEqual(['2,3,4 COMMITANDACTIVATE 1:2 led by 3']);
    driver.step({ type: 'linkDown', link: two }).step({ type: 'linkDown', link: three });
    expect(driver.take()).toContain('stepDown: server 3 leads in configuration 0');
  });

  it('commits and proposes nothing once its successor is named', () => {
    const { driver, two, three } = establish();
    driver.propose();
    transfer(driver);
    for (let time = 0; time < 200; time += 50) driver.tick(50);
    driver.take();
    driver.flush().ack(two, '2:1').ack(three, '2:1');
    expect(driver.take()).toEqual([]);
  });
});

describe('a transfer is refused', () => {
  it('before a quorum follows', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
    driver.announce(2);
    driver.take();
    expect(transfer(driver).take()).toEqual(['transferRefused: no quorum follows this leader yet']);
  });

  it('to itself, to a stranger, to an observer, and to a voter that is not in sync', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
    driver.joinFully(2, { current: 1, last: '1:2' });
    driver.join(3, { accepted: 2, last: '1:2' });
    driver.joinFully(4, { accepted: 2, last: '1:2', observer: true });
    driver.take();
    expect(transfer(driver, 1).take()).toEqual(['transferRefused: this server leads already']);
    for (const id of [3, 4, 5])
      expect(transfer(driver, id).take()).toEqual([
        `transferRefused: server ${id} is no voter that is in sync with this leader`,
      ]);
    expect(driver.leader.proposes).toBe(true);
  });

  it('to a voter without a weight', () => {
    const { driver } = establish({ membership: weighted({ 1: 1, 2: 1, 3: 0 }) });
    expect(transfer(driver, 3).take()).toEqual([
      'transferRefused: server 3 is no voter that is in sync with this leader',
    ]);
    expect(transfer(driver).take()).toEqual(['2,3 COMMITANDACTIVATE 1:2 led by 2']);
  });

  it('while the ensemble is being changed', () => {
    const { driver } = establish();
    const servers = new Map([...driver.leader.membership.inForce.servers].filter(([id]) => id !== 3));
    driver.proposeReconfig({ version: zxid('2:1'), servers }).take();
    expect(transfer(driver).take()).toEqual(['transferRefused: the ensemble is being changed']);
  });

  it('twice', () => {
    const { driver } = establish();
    driver.propose();
    transfer(driver);
    driver.take();
    expect(transfer(driver).take()).toEqual(['transferRefused: leadership is being handed over already']);
  });

  it('before a stop, when without this server there is no quorum; otherwise it may follow', () => {
    const { driver, three } = establish();
    driver.step({ type: 'linkDown', link: three }).take();
    expect(transfer(driver, undefined, true).take()).toEqual([
      'transferRefused: without this server there is no quorum',
    ]);
    expect(transfer(driver).take()).toEqual(['2 COMMITANDACTIVATE 1:2 led by 2']);
  });
});

describe('a leader that was designated', () => {
  it('gives up after a tick without a quorum, for then the others elect', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' });
    driver.step({ type: 'start', designated: true });
    driver.tick(50).tick(50);
    expect(driver.take().at(-1)).toMatch(/^stepDown: no quorum followed within/);
  });

  it('has initLimit, as any leader, once a quorum accepted its epoch', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2' });
    driver.step({ type: 'start', designated: true });
    driver.join(2, { current: 1, last: '1:2' });
    driver.flush();
    driver.tick(50).tick(50).tick(50);
    expect(driver.take().some((line) => line.startsWith('stepDown'))).toBe(false);
  });
});
