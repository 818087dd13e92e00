// When a damage mark may go: the leader that gave everything may have been left behind long ago.

import { type Epoch, NO_EPOCH, NO_ZXID, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { firstEpoch, type Story, txn } from './story.ts';
import { verdict } from './verdict.ts';

/** Server 3 lost what it had, and was given all that server 1 has. */
const upToDate = (): Story =>
  firstEpoch()
    .ended(3, 'powerLoss')
    .fault('flippedBit', 3)
    .boots(3, { last: 0n as Zxid, damaged: true })
    .role(3, 'FOLLOWING', 'DISCOVERY', { leader: 1 })
    .packet(3, 1, { type: 'FOLLOWERINFO', epoch: 1 as Epoch })
    .packet(1, 3, { type: 'LEADERINFO', epoch: 1 as Epoch })
    .packet(3, 1, { type: 'ACKEPOCH', epoch: NO_EPOCH, zxid: NO_ZXID })
    .role(3, 'FOLLOWING', 'SYNCHRONIZATION', { leader: 1, epoch: 1 })
    .hands(1, 3)
    .acksNewLeader(3, 1)
    .becomesUpToDate(3, 1);

describe('a damage mark goes', () => {
  it('once the leader answered a sync', () => {
    expect(
      verdict(upToDate().packet(3, 1, { type: 'SYNC' }).packet(1, 3, { type: 'SYNC' }).healed(3).events).messages,
    ).toEqual([]);
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
