// When a damage mark may go: the leader that gave everything may have been left behind long ago.

import { type Epoch, NO_EPOCH, NO_ZXID, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { firstEpoch, type Story, threeServers, txn } from './story.ts';
import { verdict } from './verdict.ts';

const OBSERVER = 4;

/** The server lost what it had, and was given all that server 1 has. */
function givenAll(story: Story, id: number): Story {
  const state = id === OBSERVER ? 'OBSERVING' : 'FOLLOWING';
  return story
    .ended(id, 'powerLoss')
    .fault('flippedBit', id)
    .boots(id, { last: 0n as Zxid, damaged: true })
    .role(id, state, 'DISCOVERY', { leader: 1 })
    .packet(id, 1, { type: id === OBSERVER ? 'OBSERVERINFO' : 'FOLLOWERINFO', epoch: 1 as Epoch })
    .packet(1, id, { type: 'LEADERINFO', epoch: 1 as Epoch })
    .packet(id, 1, { type: 'ACKEPOCH', epoch: NO_EPOCH, zxid: NO_ZXID })
    .role(id, state, 'SYNCHRONIZATION', { leader: 1, epoch: 1 })
    .hands(1, id)
    .acksNewLeader(id, 1)
    .becomesUpToDate(id, 1);
}

const upToDate = (): Story => givenAll(firstEpoch(), 3);
const confirmed = (story: Story, id: number): Story =>
  story.packet(id, 1, { type: 'SYNC' }).packet(1, id, { type: 'SYNC' }).healed(id);

describe('a damage mark goes', () => {
  it('once the leader answered a sync', () => {
    expect(verdict(confirmed(upToDate(), 3).events).messages).toEqual([]);
  });

  it('at an observer too, whoever else asked for the same epoch and came to nothing', () => {
    const story = threeServers()
      .boots(OBSERVER)
      .proposesEpoch(2, 1)
      .sent(2, 3, { type: 'LEADERINFO', epoch: 1 as Epoch })
      .looks(2)
      .leads(1, [2, 3], 1)
      .joins(OBSERVER, 1, 1);
    expect(verdict(confirmed(givenAll(story, OBSERVER), OBSERVER).events).messages).toEqual([]);
  });

  it('not at UPTODATE', () => {
    expect(verdict(upToDate().healed(3).events).objecting).toEqual(['healed-by-a-leader']);
  });
});

it('whoever is marked may be given another snapshot, which ends before what it was given first', () => {
  const committed = txn(1, 1);
  const story = upToDate().broadcasts(1, [2, 3], committed).snapshotInstalled(3, []);
  expect(verdict(story.events).messages).toEqual([]);
});
