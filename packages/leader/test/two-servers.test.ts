// Two voters, of which an oracle lets one go on alone (ZooKeeper's QuorumOracleMaj). Server 1 leads.

import { describe, expect, it } from 'vitest';
import { Membership } from '@zebu/quorum';
import { LeaderDriver } from './leader-driver.ts';
import { sid } from './notation.ts';

const ALONE = { type: 'oracle', alone: sid(1) } as const;
const NOT_ALONE = { type: 'oracle', alone: undefined } as const;
const address = { host: '127.0.0.1', port: 1 };
const TWO = new Membership({
  version: 0n,
  servers: new Map(
    [1, 2].map((id) => [
      sid(id),
      { id: sid(id), role: 'participant', quorumAddress: address, electionAddress: address } as const,
    ]),
  ),
});

function establishedWithTwo() {
  const driver = new LeaderDriver({ delivered: '1:1..1:2', membership: TWO }).start();
  const two = driver.joinFully(2, { current: 1, last: '1:2' });
  driver.take();
  return { driver, two };
}

const delivered = (driver: LeaderDriver): string[] => driver.take().filter((line) => line.startsWith('deliver'));

describe('a leader of two that an oracle lets go on alone', () => {
  it('waits for the other one as long as that is in sync, and then no more', () => {
    const { driver, two } = establishedWithTwo();
    driver.step(ALONE).propose();
    driver.flush();
    expect(delivered(driver)).toEqual([]);
    driver.step({ type: 'linkDown', link: two });
    expect(delivered(driver)).toEqual(['deliver 2:1']);
    driver.propose();
    driver.flush();
    expect(delivered(driver)).toEqual(['deliver 2:2']);
    driver.tick(50);
    expect(driver.leader.proposes).toBe(true);
  });

  it('commits what waits when the answer comes behind the loss', () => {
    const { driver, two } = establishedWithTwo();
    driver.propose();
    driver.flush().step({ type: 'linkDown', link: two });
    expect(delivered(driver)).toEqual([]);
    driver.step(ALONE);
    expect(delivered(driver)).toEqual(['deliver 2:1']);
  });

  it('waits for the other one again once that is back in sync', () => {
    const { driver, two } = establishedWithTwo();
    driver.step(ALONE).step({ type: 'linkDown', link: two });
    const back = driver.joinFully(2, { accepted: 2, current: 2, last: '1:2' });
    driver.take();
    driver.propose();
    driver.flush();
    expect(delivered(driver)).toEqual([]);
    driver.ack(back, '2:1');
    expect(delivered(driver)).toEqual(['deliver 2:1']);
  });

  it('steps down when it is taken back and nobody is in sync', () => {
    const { driver, two } = establishedWithTwo();
    driver.step(ALONE).step({ type: 'linkDown', link: two }).step(NOT_ALONE);
    driver.tick(50);
    expect(driver.take().some((line) => line.startsWith('stepDown: no quorum is synced any more'))).toBe(true);
  });

  it('is established by itself, when it was let before it led', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2', membership: TWO.grant(sid(1)) }).start();
    driver.flush().flush();
    expect(driver.leader.zabState).toBe('BROADCAST');
  });

  it('begins anew when the answer comes while it gathers a quorum', () => {
    const driver = new LeaderDriver({ delivered: '1:1..1:2', membership: TWO }).start();
    driver.step(NOT_ALONE);
    expect(driver.take()).toEqual([]);
    driver.step(ALONE);
    expect(driver.take()[0]).toMatch(/^stepDown: the oracle answers otherwise/);
  });
});
