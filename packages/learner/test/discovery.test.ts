// design.md section 3, "Discovery, exactly" and "Order of durability", where the learner is concerned.

import type { LinkId } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { acknowledged, LearnerDriver } from './learner-driver.ts';

describe('"a learner sends its acceptedEpoch, id and configuration version"', () => {
  it('as a follower', () => {
    const driver = new LearnerDriver({ accepted: 7 }).connect();
    expect(driver.take()).toEqual(['connect', 'FOLLOWERINFO 3 accepted 7 config 4']);
  });

  it('as an observer', () => {
    const driver = new LearnerDriver({ options: { role: 'observer' } }).connect();
    expect(driver.take()).toEqual(['connect', 'OBSERVERINFO 3 accepted 1 config 4']);
  });
});

describe('LEADERINFO', () => {
  it('"refuses an epoch below its acceptedEpoch"', () => {
    const driver = new LearnerDriver({ accepted: 5 }).connect().leaderInfo(4);
    expect(driver.take().slice(-2)).toEqual([
      'closeLink',
      "abandon: the leader's epoch 4 is below our acceptedEpoch 5",
    ]);
  });

  it('without a vote it follows below what it promised, and promises nothing less', () => {
    const driver = new LearnerDriver({ accepted: 5, current: 1, options: { votes: false } }).connect();
    driver.take();
    driver.leaderInfo(4);
    expect(driver.take()).toEqual(['ACKEPOCH -1 1:2']);
    driver.diff().newLeader(4);
    expect(driver.takeAll()).toEqual(['writeCurrentEpoch 4', 'flush']);
    driver.flush().commit('1:2').upToDate(4).take();
    driver.leaderInfo(5).flush();
    expect(driver.take()).toEqual(['ACKEPOCH 4 1:2']);
    driver.diff().newLeader(5).flush().upToDate(5).take();
    driver.leaderInfo(6);
    expect(driver.take()).toEqual(['writeAcceptedEpoch 6']);
  });

  it.each([
    ['currentEpoch', { accepted: 7, current: 5 }],
    ['the end of the log', { accepted: 7, current: 1, tail: '5:1' }],
  ])('but never below what it has of a later leader (%s)', (_, state) => {
    const driver = new LearnerDriver({ ...state, options: { votes: false } }).connect().leaderInfo(4);
    expect(driver.take().at(-1)).toBe("abandon: the leader's epoch 4 is below our acceptedEpoch 7");
  });

  it('"answers an equal one with currentEpoch -1"', () => {
    const driver = new LearnerDriver({ accepted: 5, current: 4 }).connect().leaderInfo(5);
    expect(driver.take().slice(-1)).toEqual(['ACKEPOCH -1 1:2']);
  });

  it('"and a higher one, once durable, with its durable (currentEpoch, lastLoggedZxid)"', () => {
    const driver = new LearnerDriver({ accepted: 5, current: 4, tail: '1:3..1:4' }).connect();
    driver.take();
    driver.leaderInfo(6);
    expect(driver.takeAll()).toEqual(['writeAcceptedEpoch 6', 'flush']);
    driver.flush(driver.newestToken - 1);
    expect(driver.take()).toEqual([]);
    driver.flush();
    expect(driver.take()).toEqual(['ACKEPOCH 4 1:4']);
  });

  it('a history that may not be voted for is said to end at -1', () => {
    const driver = new LearnerDriver({ accepted: 0, current: 0, delivered: '0:0', hasHistory: false }).connect();
    expect(driver.leaderInfo(1).flush().take().slice(-1)).toEqual(['ACKEPOCH 0 -1']);
  });

  it.each([Number.NaN, 1.5, -1, 2 ** 32])('%s is no epoch', (number) => {
    const driver = new LearnerDriver({ accepted: 0 }).connect().leaderInfo(number);
    expect(driver.take().slice(-1)).toEqual([`abandon: ${number} is no epoch`]);
  });

  it('zabState says how far it is', () => {
    const driver = new LearnerDriver().connect();
    expect(driver.learner.zabState).toBe('DISCOVERY');
    driver.leaderInfo(2);
    expect(driver.learner.zabState).toBe('DISCOVERY');
    driver.flush();
    expect(driver.learner.zabState).toBe('SYNCHRONIZATION');
  });
});

describe('connecting', () => {
  it('a leader that does not lead yet refuses: dial again soon, a few times', () => {
    const driver = new LearnerDriver().connect();
    driver.take();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      driver.step({ type: 'linkDown', link: driver.link });
      const at = driver.learner.nextWakeup() as number;
      delays.push(at - driver.now);
      expect(driver.tick(at - driver.now - 1).take()).toEqual([]);
      // A tick of another timer may come first; the dial waits for its own.
      for (let tries = 0; tries < 10 && !driver.take().includes('connect'); tries++)
        driver.ping().tick(Math.max(1, at - driver.now));
      driver.dial().take();
    }
    expect(delays.every((delay) => delay <= 320)).toBe(true);
    driver.step({ type: 'linkDown', link: driver.link });
    expect(driver.take()).toEqual(['abandon: lost the connection to the leader']);
  });

  it('a dial that failed counts as well', () => {
    const driver = new LearnerDriver().step({ type: 'start' });
    driver.step({ type: 'dialled', link: 9 as LinkId }).step({ type: 'linkDown', link: 9 as LinkId });
    expect(driver.take()).toEqual(['connect']);
    expect(driver.learner.nextWakeup()).toBe(5);
    expect(driver.tick(5).take()).toEqual(['connect']);
  });

  it('nobody answers: initLimit', () => {
    const driver = new LearnerDriver().step({ type: 'start' });
    expect(driver.tick(1000).take()).toEqual(['connect']);
    expect(driver.tick(50).take()).toEqual(['abandon: no connection to the leader within 10 ticks']);
    expect(driver.learner.nextWakeup()).toBeUndefined();
  });

  it('nobody answers: connectToLearnerMasterLimit, all tries together', () => {
    const driver = new LearnerDriver({ options: { connectLimit: 3 } }).step({ type: 'start' });
    driver.step({ type: 'dialled', link: 9 as LinkId });
    driver.tick(200).step({ type: 'linkDown', link: 9 as LinkId });
    driver.tick(5).step({ type: 'dialled', link: 10 as LinkId });
    expect(driver.take()).toEqual(['connect', 'connect']);
    expect(driver.tick(95).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink', 'abandon: no connection to the leader within 3 ticks']);
  });

  it('leaderConnectDelayDuringRetryMs takes the place of a pause that grows', () => {
    const driver = new LearnerDriver({ options: { retryDelayMs: 30 } }).step({ type: 'start' });
    for (let link = 1; link < 4; link++) {
      driver
        .step({ type: 'dialled', link: link as LinkId })
        .step({ type: 'linkDown', link: link as LinkId })
        .take();
      expect(driver.tick(29).take()).toEqual([]);
      expect(driver.tick(1).take()).toEqual(['connect']);
    }
  });

  it('a link that breaks after the promise is given ends the role: the leader counts on it', () => {
    const driver = acknowledged();
    driver.step({ type: 'linkDown', link: driver.link });
    expect(driver.take()).toEqual(['abandon: lost the connection to the leader']);
  });

  it('links that are not ours are ignored', () => {
    const driver = acknowledged();
    const stranger = 77 as LinkId;
    driver
      .step({ type: 'linkUp', link: stranger })
      .step({ type: 'linkDown', link: stranger })
      .step({ type: 'snapshotReceived', link: stranger })
      .step({ type: 'snapshotFailed', link: stranger, reason: '' })
      .step({ type: 'packets', link: stranger, packets: [{ type: 'SYNC', syncId: 1 }] });
    expect(driver.take()).toEqual([]);
  });
});

describe('an observer with followers to learn at', () => {
  const MASTERS = [
    { server: 4 as ServerId, port: 'observerMaster', delayMs: 0 },
    { server: 5 as ServerId, port: 'observerMaster', delayMs: 0 },
    { server: 1 as ServerId, port: 'quorum', delayMs: 40 },
  ] as const;
  const observer = (options = {}): LearnerDriver =>
    new LearnerDriver({ masters: MASTERS, options: { role: 'observer', ...options } }).step({ type: 'start' });

  it('tries one after the other, and waits before one as it is told', () => {
    const driver = observer();
    const fail = (link: number): LearnerDriver =>
      driver.step({ type: 'dialled', link: link as LinkId }).step({ type: 'linkDown', link: link as LinkId });
    expect(driver.take()).toEqual(['connect 4 observerMaster']);
    expect(fail(1).tick(5).take()).toEqual(['connect 5 observerMaster']);
    expect(fail(2).tick(39).take()).toEqual([]);
    expect(driver.tick(1).take()).toEqual(['connect']);
  });

  it('gives up one that does not answer, and tries the next', () => {
    const driver = observer({ connectLimit: 2 });
    driver.step({ type: 'dialled', link: 1 as LinkId }).take();
    expect(driver.tick(200).take()).toEqual([]);
    expect(driver.tick(50).take()).toEqual(['closeLink']);
    expect(driver.tick(5).take()).toEqual(['connect 5 observerMaster']);
  });

  it('learns there as it would at the leader, and leaves it with the server in the message', () => {
    const driver = observer().dial();
    expect(driver.take()).toEqual(['connect 4 observerMaster', 'OBSERVERINFO 3 accepted 1 config 4']);
    driver.leaderInfo(2).flush().take();
    driver.step({ type: 'linkDown', link: driver.link });
    expect(driver.take()).toEqual(['abandon: lost the connection to server 4']);
  });

  it('refuses one whose leader is of an epoch below its history', () => {
    const driver = new LearnerDriver({
      accepted: 3,
      current: 3,
      masters: MASTERS,
      options: { role: 'observer' },
    }).connect();
    driver.take();
    expect(driver.leaderInfo(2).take()).toEqual([
      'closeLink',
      "abandon: the leader's epoch 2 is below our acceptedEpoch 3",
    ]);
  });

  it('what a follower passes on for an observer says whose it is', () => {
    const driver = new LearnerDriver().connect();
    driver.take();
    driver
      .step({ type: 'request', requests: [], owner: 7 as ServerId })
      .step({ type: 'revalidate', sessionId: 8n as never, timeoutMs: 1000, owner: 7 as ServerId })
      .step({ type: 'revalidate', sessionId: 9n as never, timeoutMs: 1000 });
    expect(driver.take()).toEqual(['REQUEST 0 of 7', 'REVALIDATE 8 of 7', 'REVALIDATE 9']);
  });
});
