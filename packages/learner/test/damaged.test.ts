// A server that lost a part of its history learns (docs/decisions/0008): what it says of itself, and when it may count again.

import { expect, it } from 'vitest';
import { LearnerDriver } from './learner-driver.ts';

/** What was synced before a leader that was never established is there still, and must not be spoken of. */
const damaged = (): LearnerDriver =>
  new LearnerDriver({ accepted: 1, current: 1, delivered: '1:2', damaged: true }).connect();

it('announces itself as damaged, and offers neither epoch nor history', () => {
  const driver = damaged();
  expect(driver.take()).toEqual(['connect', 'FOLLOWERINFO 3 accepted 1 config 4 damaged']);
  expect(driver.leaderInfo(2).flush().take()).toEqual(['writeAcceptedEpoch 2', 'ACKEPOCH -1 -1']);
});

it('takes nothing but a snapshot', () => {
  const driver = damaged().leaderInfo(2).flush().diff();
  expect(driver.take().at(-1)).toBe('abandon: DIFF, but there is nothing here that it could build on');
});

function upToDate(): LearnerDriver {
  const driver = damaged().leaderInfo(2).flush().snap('2:4');
  driver.step({ type: 'snapshotReceived', link: driver.link }).step({ type: 'restored' }).newLeader().take();
  expect(driver.flush().take()).toEqual(['ACK 2:0']);
  return driver.upToDate();
}

it('removes the mark only when a quorum still follows the leader that brought it up to date, and then comes again', () => {
  const driver = upToDate();
  expect(driver.take()).toEqual(['SYNC 0']);
  expect(driver.commit('2:4').take()).toEqual([]);
  const effects = driver.receive({ type: 'SYNC', syncId: 0 }).takeEffects();
  expect(effects.map(({ type }) => type)).toEqual(['removeDamageMark', 'closeLink', 'abandon']);
  expect(effects.at(-1)).toMatchObject({ successor: 1 });
});

it('keeps the mark when the leader is lost before that, and believes no answer that it did not ask for', () => {
  const lost = upToDate();
  lost.take();
  expect(lost.step({ type: 'linkDown', link: lost.link }).take()).toEqual([
    'abandon: lost the connection to the leader',
  ]);
  const unasked = damaged().leaderInfo(2).flush().receive({ type: 'SYNC', syncId: 0 });
  expect(unasked.take().at(-1)).toBe('abandon: SYNC, which was not asked for');
});
