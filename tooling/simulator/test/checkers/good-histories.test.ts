// Histories that no checker may object to: what a correct ensemble does, and what looks wrong and is not.

import type { Epoch, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { firstEpoch, Story, threeServers, txn, zxid } from './story.ts';
import { verdict } from './verdict.ts';

const A = txn(1, 1);
const B = txn(1, 2);
const C = txn(2, 1);
const D = txn(3, 1);
const NONE = 0n as Zxid;
const OBSERVER = 4;

const GOOD_HISTORIES: readonly (readonly [title: string, tell: () => Story])[] = [
  ['three servers elect, broadcast and commit', () => firstEpoch().broadcasts(1, [2, 3], A).broadcasts(1, [2, 3], B)],
  [
    'the leader dies, another takes over, and the first comes back',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .ended(1, 'powerLoss')
        .looks(2)
        .looks(3)
        .leads(3, [2], 2)
        .broadcasts(3, [2], C)
        .boots(1)
        .joins(1, 3, 2)
        .hands(3, 1)
        .acksNewLeader(1, 3)
        .becomesUpToDate(1, 3)
        .broadcasts(3, [1, 2], txn(2, 2)),
  ],
  [
    'a leader asks its followers for the next epoch once all of its own is committed, and goes on in it',
    () => {
      const story = firstEpoch().broadcasts(1, [2, 3], A).accepted(1, 2);
      for (const follower of [2, 3])
        story
          .packet(1, follower, { type: 'LEADERINFO', epoch: 2 as Epoch })
          .accepted(follower, 2)
          .packet(follower, 1, { type: 'ACKEPOCH', epoch: 1 as Epoch, zxid: A.zxid });
      story.current(1, 2);
      for (const follower of [2, 3]) story.hands(1, follower).acksNewLeader(follower, 1);
      story.isEstablished(1);
      for (const follower of [2, 3]) story.becomesUpToDate(follower, 1);
      return story.broadcasts(1, [2, 3], C);
    },
  ],
  [
    'a tail that was never committed is cut off by a later leader',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .logs(1, B)
        .ended(1, 'kill')
        .looks(2)
        .looks(3)
        .leads(3, [2], 2)
        .broadcasts(3, [2], C)
        .boots(1)
        .joins(1, 3, 2)
        .hands(3, 1)
        .applied(1, A.zxid, 'restore')
        .acksNewLeader(1, 3)
        .becomesUpToDate(1, 3),
  ],
  [
    'a zxid that was logged and not acknowledged has another content in the next epoch of the same server',
    () =>
      firstEpoch()
        .appended(1, A)
        .ended(1, 'powerLoss')
        .boots(1, { last: NONE })
        .looks(2)
        .looks(3)
        .leads(1, [2, 3], 2)
        .broadcasts(1, [2, 3], C),
  ],
  [
    'a restart brings back an uncommitted tail, which the new epoch of its holder commits',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .logs(1, B)
        .logs(2, B)
        .ended(1, 'kill')
        .ended(2, 'kill')
        .ended(3, 'kill')
        .boots(1)
        .boots(2)
        .boots(3)
        .leads(2, [3], 2)
        .broadcasts(2, [3], C),
  ],
  [
    'a restart brings back an uncommitted tail, and another leads on without it',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .logs(1, B)
        .ended(1, 'kill')
        .boots(1)
        .looks(2)
        .looks(3)
        .leads(2, [3], 2)
        .broadcasts(2, [3], C)
        .joins(1, 2, 2)
        .hands(2, 1)
        .applied(1, A.zxid, 'restore')
        .acksNewLeader(1, 2)
        .becomesUpToDate(1, 2),
  ],
  [
    'a power failure loses what was not flushed, or leaves it',
    () =>
      firstEpoch()
        .appended(1, A)
        .appended(2, A)
        .appended(3, A)
        .ended(1, 'powerLoss')
        .ended(2, 'powerLoss')
        .ended(3, 'powerLoss')
        .boots(1, { last: NONE })
        .boots(2)
        .boots(3, { last: NONE })
        .leads(2, [1, 3], 2),
  ],
  [
    'a failed write is answered by cutting the log back to its last flush',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .packet(1, 3, { type: 'PROPOSAL', txns: [B] })
        .appended(1, B)
        .appended(3, B)
        .fault('failedFlush', 3)
        .cutBack(3, A.zxid)
        .looks(3)
        .joins(3, 1, 1)
        .hands(1, 3)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1, A.zxid),
  ],
  [
    'a server ends by itself, or refuses to start, on a disk that was made to fail',
    () =>
      firstEpoch()
        .fault('failedWrite', 2)
        .ended(2, 'fatal', 'EIO')
        .fault('lostFile', 3)
        .ended(3, 'powerLoss')
        .refused(3, 'a log file is missing'),
  ],
  [
    'a damaged disk comes back with less, and the leader hands it all again',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .snapshotWritten(3, A.zxid)
        .ended(3, 'powerLoss')
        .fault('lostFile', 3)
        .boots(3, { last: NONE, acceptedEpoch: 0, currentEpoch: 0 })
        .ended(3, 'kill')
        .boots(3)
        .joins(3, 1, 1)
        .hands(1, 3)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1),
  ],
  [
    'what a server sent before it ended is answered all the same',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .ended(3, 'powerLoss')
        .boots(3)
        .packet(3, 1, { type: 'FOLLOWERINFO', epoch: 1 as Epoch })
        .packet(1, 3, { type: 'LEADERINFO', epoch: 1 as Epoch })
        .sent(3, 1, { type: 'ACKEPOCH', epoch: -1 as Epoch, zxid: A.zxid })
        .ended(3, 'stop')
        .received(3, 1, { type: 'ACKEPOCH', epoch: -1 as Epoch, zxid: A.zxid })
        .sent(1, 3, { type: 'DIFF', zxid: A.zxid })
        .sent(1, 3, { type: 'COMMIT', zxid: A.zxid }),
  ],
  [
    'a crash comes between the write of an epoch and the word of it',
    () => firstEpoch().ended(2, 'powerLoss').boots(2, { acceptedEpoch: 2 }).leads(2, [1, 3], 3),
  ],
  [
    'a leader whom no quorum followed leaves a tail that the next epoch lacks',
    () =>
      firstEpoch()
        .logs(1, A)
        .looks(1)
        .looks(2)
        .looks(3)
        .proposesEpoch(1, 2)
        .joins(2, 1, 2)
        .beginsToSynchronize(1, 2)
        .packet(1, 2, { type: 'DIFF', zxid: A.zxid })
        .ended(1, 'powerLoss')
        .looks(2)
        .leads(3, [2], 3)
        .broadcasts(3, [2], D),
  ],
  [
    'two servers propose the same epoch, and a quorum accepts one',
    () =>
      threeServers()
        .proposesEpoch(1, 1)
        .proposesEpoch(2, 1)
        .packet(3, 1, { type: 'FOLLOWERINFO', epoch: 0 as Epoch })
        .packet(1, 3, { type: 'LEADERINFO', epoch: 1 as Epoch })
        .joins(3, 2, 1)
        .beginsToSynchronize(2, 1)
        .hands(2, 3)
        .acksNewLeader(3, 2)
        .isEstablished(2)
        .becomesUpToDate(3, 2)
        .broadcasts(2, [3], A),
  ],
  [
    'a follower comes back to the same leader and cannot be counted for its epoch again',
    () =>
      firstEpoch()
        .broadcasts(1, [2, 3], A)
        .looks(3)
        .broadcasts(1, [2], B)
        .joins(3, 1, 1)
        .hands(1, 3)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1),
  ],
  [
    'proposals are forwarded between NEWLEADER and its ACK',
    () =>
      threeServers()
        .leads(1, [2], 1)
        .joins(3, 1, 1)
        .hands(1, 3)
        .proposes(1, [2], A)
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .appended(3, A)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1)
        .flushed(3)
        .sent(3, 1, { type: 'ACK', zxid: A.zxid }),
  ],
  [
    'a commit overtakes the disk of the leader that made it, and of a follower',
    () =>
      firstEpoch()
        .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .logs(2, A)
        .packet(2, 1, { type: 'ACK', zxid: A.zxid })
        .logs(3, A)
        .packet(3, 1, { type: 'ACK', zxid: A.zxid })
        .packet(1, 2, { type: 'COMMIT', zxid: A.zxid })
        .applied(1, A.zxid)
        .applied(2, A.zxid)
        .appended(1, A),
  ],
  [
    'a failed flush costs a follower what it was still to log, but a snapshot holds it, which commits had brought about',
    () =>
      firstEpoch()
        .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .logs(1, A)
        .logs(2, A)
        .packet(2, 1, { type: 'ACK', zxid: A.zxid })
        .applied(1, A.zxid)
        .packet(1, 2, { type: 'COMMIT', zxid: A.zxid })
        .packet(1, 3, { type: 'COMMIT', zxid: A.zxid })
        .applied(2, A.zxid)
        .applied(3, A.zxid)
        .snapshotWritten(3, A.zxid)
        .fault('failedFlush', 3)
        .cutBack(3, A.zxid)
        .looks(3)
        .joins(3, 1, 1)
        .hands(1, 3)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1)
        .broadcasts(1, [2, 3], B),
  ],
  [
    'a leader logs what it proposed, and never sent, after it left the role; later it leads with it',
    () =>
      firstEpoch()
        .role(1, 'LOOKING', 'ELECTION')
        .logs(1, A)
        .fenced(1)
        .looks(2)
        .looks(3)
        .leads(1, [2, 3], 2)
        .broadcasts(1, [2, 3], C),
  ],
  ...[true, false].map(
    (told) =>
      [
        `a snapshot of what is committed, ${told ? 'told of' : 'not told of'}, is ahead of the log and all that a power failure leaves`,
        () =>
          firstEpoch()
            .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
            .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
            .logs(2, A)
            .packet(2, 1, { type: 'ACK', zxid: A.zxid })
            .logs(3, A)
            .packet(3, 1, { type: 'ACK', zxid: A.zxid })
            .applied(1, A.zxid)
            .snapshotWritten(1, told ? A.zxid : NONE)
            .ended(1, 'powerLoss')
            .boots(1, { last: A.zxid })
            .looks(2)
            .looks(3)
            .has([1], { log: [A], acceptedEpoch: 1, currentEpoch: 1 })
            .leads(2, [1, 3], 2),
      ] as const,
  ),
  [
    'a leader applies what a quorum has committed although its own disk failed, and reads its tree back',
    () =>
      firstEpoch()
        .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .appended(1, A)
        .logs(2, A)
        .packet(2, 1, { type: 'ACK', zxid: A.zxid })
        .logs(3, A)
        .packet(3, 1, { type: 'ACK', zxid: A.zxid })
        .fault('failedWrite', 1)
        .cutBack(1, NONE)
        .role(1, 'LOOKING', 'ELECTION')
        .applied(1, A.zxid)
        .fenced(1)
        .reads(1)
        .applied(1, NONE, 'restore')
        .looks(2)
        .looks(3)
        .leads(2, [1, 3], 2),
  ],
  [
    'several txns are applied in one step, and some only after the server left its leader',
    () =>
      firstEpoch()
        .proposes(1, [2, 3], A, B, txn(1, 3))
        .commits(1, [2], zxid(1, 3))
        .received(1, 3, { type: 'COMMIT', zxid: zxid(1, 3) })
        .looks(3)
        .applied(3, A.zxid)
        .applied(3, zxid(1, 3)),
  ],
  [
    'an observer is handed what is committed, informed, and applies before its disk has it',
    () =>
      firstEpoch()
        .boots(OBSERVER)
        .broadcasts(1, [2, 3], A)
        .proposes(1, [2], B)
        .joins(OBSERVER, 1, 1)
        .hands(1, OBSERVER, A.zxid)
        .acksNewLeader(OBSERVER, 1)
        .becomesUpToDate(OBSERVER, 1, A.zxid)
        .commits(1, [2], B.zxid)
        .packet(1, OBSERVER, { type: 'INFORM', txns: [B] })
        .applied(OBSERVER, B.zxid)
        .logs(OBSERVER, B),
  ],
  [
    'an observer learns at a follower, which logs more than it hands on, and whose leader is nobody else',
    () =>
      firstEpoch()
        .boots(OBSERVER)
        .broadcasts(1, [2, 3], A)
        .proposes(1, [2, 3], B)
        .joins(OBSERVER, 2, 1)
        .hands(2, OBSERVER, A.zxid)
        .acksNewLeader(OBSERVER, 2)
        .becomesUpToDate(OBSERVER, 2, A.zxid)
        .commits(1, [2, 3], B.zxid)
        .packet(2, OBSERVER, { type: 'INFORM', txns: [B] })
        .applied(OBSERVER, B.zxid)
        .logs(OBSERVER, B),
  ],
  [
    'a learner gets a snapshot, and then what came after it',
    () =>
      threeServers()
        .leads(1, [2], 1)
        .broadcasts(1, [2], A)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'SNAP', zxid: A.zxid })
        .snapshotInstalled(3, [A])
        .applied(3, A.zxid, 'restore')
        .broadcasts(1, [2], B)
        .packet(1, 3, { type: 'PROPOSAL', txns: [B] })
        .newLeader(1, 3)
        .logs(3, B)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1),
  ],
  [
    'SNAP follows TRUNC while the log is still being cut',
    () =>
      threeServers()
        .leads(1, [2], 1)
        .broadcasts(1, [2], A)
        .logs(3, txn(1, 1, 8))
        .ended(3, 'kill')
        .boots(3)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'TRUNC', zxid: NONE })
        .packet(1, 3, { type: 'SNAP', zxid: A.zxid })
        .truncated(3, NONE)
        .reads(3)
        .snapshotInstalled(3, [A])
        .reads(3)
        .applied(3, A.zxid, 'restore')
        .newLeader(1, 3)
        .acksNewLeader(3, 1)
        .becomesUpToDate(3, 1),
  ],
  [
    'a crash leaves a snapshot that was being installed, or a log that was being cut',
    () =>
      firstEpoch()
        .logs(3, A)
        .ended(3, 'kill')
        .boots(3)
        .broadcasts(1, [2], A)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'SNAP', zxid: A.zxid })
        .ended(3, 'powerLoss')
        .boots(3)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'TRUNC', zxid: NONE })
        .ended(3, 'powerLoss')
        .boots(3, { last: NONE }),
  ],
  [
    'the directories were there before the run',
    () =>
      new Story()
        .has([1, 2, 3], { log: [txn(1, 9)], acceptedEpoch: 1, currentEpoch: 1 })
        .boots(1)
        .boots(2)
        .boots(3)
        .leads(2, [1, 3], 2)
        .broadcasts(2, [1, 3], C),
  ],
];

describe('no checker objects when', () => {
  it.each(GOOD_HISTORIES)('%s', (_title, tell) => {
    expect(verdict(tell().events).messages).toEqual([]);
  });
});
