// Every packet in every phase of a learner's connection: what is not due ends that link, and neither throws nor touches the others.

import type { LinkId } from '@zebu/interfaces';
import type { QuorumPacket, QuorumPacketType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { establish, LeaderDriver } from './leader-driver.ts';
import { epoch, run, sid, zxid } from './notation.ts';

const info = { sid: sid(3), acceptedEpoch: epoch(1), configVersion: 0n, needsSnapshot: false, damaged: false };
const request = { sessionId: 1n as never, cxid: 1, type: 1, payload: new Uint8Array(0), authInfo: [] };

const packets: Readonly<Record<QuorumPacketType, QuorumPacket>> = {
  FOLLOWERINFO: { type: 'FOLLOWERINFO', ...info },
  OBSERVERINFO: { type: 'OBSERVERINFO', ...info },
  LEADERINFO: { type: 'LEADERINFO', epoch: epoch(9) },
  ACKEPOCH: { type: 'ACKEPOCH', currentEpoch: epoch(1), lastZxid: zxid('1:2') },
  DIFF: { type: 'DIFF', zxid: zxid('1:2') },
  TRUNC: { type: 'TRUNC', zxid: zxid('1:1') },
  SNAP: { type: 'SNAP', zxid: zxid('1:2') },
  NEWLEADER: { type: 'NEWLEADER', zxid: zxid('2:0') },
  UPTODATE: { type: 'UPTODATE', zxid: zxid('2:0'), configuration: 'version=0' },
  PROPOSAL: { type: 'PROPOSAL', txns: run('2:1') },
  ACK: { type: 'ACK', zxid: zxid('2:1') },
  COMMIT: { type: 'COMMIT', zxid: zxid('2:1') },
  COMMITANDACTIVATE: { type: 'COMMITANDACTIVATE', zxid: zxid('2:1'), designatedLeader: 2 as never },
  INFORMANDACTIVATE: { type: 'INFORMANDACTIVATE', txns: run('2:1'), designatedLeader: 2 as never },
  INFORM: { type: 'INFORM', txns: run('2:1') },
  REQUEST: { type: 'REQUEST', requests: [request] },
  SYNC: { type: 'SYNC', syncId: 1 },
  REVALIDATE: { type: 'REVALIDATE', sessionId: 1n as never, timeoutMs: 1, valid: false, lastProposedZxid: 0n as never },
  PING: { type: 'PING', round: 99, sessions: [] },
};

/** Server 3 in each phase; server 2 follows throughout, once there is an epoch. */
const phases: Readonly<
  Record<string, { readonly due: readonly QuorumPacketType[]; readonly reach: () => [LeaderDriver, LinkId] }>
> = {
  'after connecting': {
    due: ['FOLLOWERINFO', 'OBSERVERINFO'],
    reach: () => {
      const { driver, three } = establish();
      driver.step({ type: 'linkDown', link: three });
      return [driver, driver.link(3)];
    },
  },
  'while the epoch is not durable': {
    due: [],
    reach: () => {
      const driver = new LeaderDriver({ delivered: '1:1..1:2' }).start();
      return [driver, driver.announce(3)];
    },
  },
  'after LEADERINFO': {
    due: ['ACKEPOCH'],
    reach: () => {
      const { driver } = establish();
      return [driver, driver.announce(3, { accepted: 2 })];
    },
  },
  'after ACKEPOCH': {
    due: [],
    reach: () => {
      const driver = new LeaderDriver({ delivered: '1:1..1:2', voters: [1, 2, 3, 4, 5] }).start();
      driver.announce(2);
      return [driver, driver.join(3, { current: 1, last: '1:2' })];
    },
  },
  'while its log is located': {
    due: [],
    reach: () => {
      const { driver } = establish();
      return [driver, driver.join(3, { accepted: 2, current: -1, last: '1:1' })];
    },
  },
  'while a snapshot is streamed': {
    due: [],
    reach: () => {
      const { driver } = establish();
      return [driver, driver.join(3, { accepted: 2, current: -1, last: '-1' })];
    },
  },
  'after NEWLEADER': {
    due: [],
    reach: () => {
      const { driver } = establish();
      return [driver, driver.join(3, { accepted: 2, current: -1, last: '1:2' })];
    },
  },
  'once up to date': {
    due: ['REQUEST', 'SYNC', 'REVALIDATE'],
    reach: () => {
      const { driver, three } = establish();
      return [driver, three];
    },
  },
};

describe.each(Object.entries(phases))('%s', (_, { due, reach }) => {
  it.each(Object.values(packets))('$type', (packet) => {
    const [driver, link] = reach();
    driver.take();
    driver.receive(link, packet);
    const trace = driver.take();
    const mayStay = packet.type === 'PING' || due.includes(packet.type);
    expect(trace.includes('closeLink 3')).toBe(!mayStay);
    expect(trace.filter((line) => /stepDown|deliver|closeLink [^3]/.test(line))).toEqual([]);
    // Whatever came behind it in the same frame is not looked at.
    if (!mayStay) expect(driver.receive(link, ...Object.values(packets)).take()).toEqual([]);
  });
});

describe('what a well-formed packet may still say', () => {
  it.each([
    { what: 'another sid', as: { ...info, sid: sid(2) } },
    { what: 'a negative epoch', as: { ...info, acceptedEpoch: epoch(-1) } },
    { what: 'half an epoch', as: { ...info, acceptedEpoch: epoch(1.5) } },
    { what: 'an epoch without a successor', as: { ...info, acceptedEpoch: epoch(0xffff_ffff) } },
    { what: 'no number', as: { ...info, acceptedEpoch: epoch(Number.NaN) } },
  ])('FOLLOWERINFO with $what ends the link', ({ as }) => {
    const driver = new LeaderDriver().start();
    const link = driver.link(3);
    driver.receive(link, { type: 'FOLLOWERINFO', ...as });
    expect(driver.take()).toEqual(['closeLink 3']);
    expect(driver.leader.epoch).toBeUndefined();
  });

  it.each([-2n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n])('ACKEPOCH with zxid %s is synced like any other', (value) => {
    const { driver } = establish();
    const link = driver.announce(3, { accepted: 2 });
    driver.take();
    driver.receive(link, { type: 'ACKEPOCH', currentEpoch: epoch(2), lastZxid: value as never });
    expect(driver.takeSent(3)[0]).toBe(value < 0n ? 'SNAP 1:2' : 'TRUNC 1:2');
  });

  it('packets of a link that nobody announced, and of one that is gone, are ignored', () => {
    const { driver, two } = establish();
    driver.receive(4711 as LinkId, ...Object.values(packets));
    driver.step({ type: 'linkDown', link: two }).take();
    driver.receive(two, ...Object.values(packets)).step({ type: 'linkDown', link: two });
    expect(driver.take()).toEqual([]);
  });

  it('a PING of a round that was never begun confirms nothing', () => {
    const { driver, two } = establish();
    driver.step({ type: 'sync', syncId: 1 });
    driver.pong(two, 1_000_000).pong(two, Number.NaN).pong(two, -1);
    expect(driver.take()).toEqual([]);
  });
});

describe('two links of one server', () => {
  it('the newer one replaces the older, which is closed and no longer heard', () => {
    const { driver, two } = establish();
    const newer = driver.link(2);
    expect(driver.take()).toEqual(['closeLink 2']);
    driver.receive(two, packets.FOLLOWERINFO);
    expect(driver.take()).toEqual([]);
    driver.step({ type: 'linkDown', link: two });
    driver.receive(newer, { type: 'FOLLOWERINFO', ...info, sid: sid(2) });
    expect(driver.take()).toEqual(['2 LEADERINFO 2']);
  });

  it('the acknowledgements of the older do not count for the newer', () => {
    const { driver, two, three } = establish();
    driver.propose(1);
    driver.ack(two, '2:1');
    driver.step({ type: 'linkDown', link: three });
    driver.join(2, { accepted: 2, current: -1, last: '2:1' });
    driver.take();
    driver.flush();
    expect(driver.take()).toEqual([]);
  });
});

describe('after the end', () => {
  it('nothing is answered', () => {
    const { driver, two } = establish();
    expect(driver.leader.abandon('stopping').map((effect) => effect.type)).toEqual([
      'closeLink',
      'closeLink',
      'stepDown',
    ]);
    expect(driver.leader.abandon('again')).toEqual([]);
    driver.receive(two, packets.SYNC).tick(10_000).flush();
    expect(driver.take()).toEqual([]);
    expect(driver.leader.nextWakeup()).toBeUndefined();
  });
});
