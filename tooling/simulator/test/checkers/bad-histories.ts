// For every Zab property a history that breaks it and no other. Each departs from what a correct ensemble does as little as it can.

import type { Epoch, SessionId, Zxid } from '@zebu/protocol';
import type { PacketSummary } from '../../src/history/event.ts';
import { firstEpoch, reconfig, type Story, threeServers, txn, zxid } from './story.ts';

const A = txn(1, 1);
const B = txn(1, 2);
const C = txn(2, 1);
const NONE = 0n as Zxid;

export interface BadHistory {
  readonly checker: string;
  readonly story: string;
  readonly tell: () => Story;
}

const OBSERVER = 4;
const COMMIT_C: PacketSummary = { type: 'COMMIT', zxid: C.zxid };

/** A is committed by the followers; the leader's own flush fails, but its tree keeps A; it leads epoch 2 without it (ZOOKEEPER-4882) and logs C. */
const withoutItsOwnTxn = (): Story =>
  firstEpoch()
    .boots(OBSERVER)
    .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
    .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
    .appended(1, A)
    .logs(2, A)
    .logs(3, A)
    .packet(2, 1, { type: 'ACK', zxid: A.zxid })
    .packet(3, 1, { type: 'ACK', zxid: A.zxid })
    .applied(1, A.zxid)
    .fault('failedFlush', 1)
    .cutBack(1, NONE)
    .looks(1)
    .proposesEpoch(1, 2)
    .beginsToSynchronize(1, 2)
    .received(2, 1, { type: 'ACK', zxid: zxid(2, 0) })
    .logs(1, C)
    .logs(2, C);

export const BAD_HISTORIES: readonly BadHistory[] = [
  {
    checker: 'one-leader-per-epoch',
    story: 'a second server leads epoch 1',
    tell: () => firstEpoch().role(2, 'LEADING', 'BROADCAST', { leader: 2, epoch: 1 }),
  },
  {
    checker: 'integrity',
    story: 'two followers hold and deliver what their leader never proposed',
    tell: () => firstEpoch().logs(2, A).logs(3, A).received(1, 2, { type: 'COMMIT', zxid: A.zxid }).applied(2, A.zxid),
  },
  {
    checker: 'agreement',
    story:
      'a leader keeps in its tree what a failed flush cost its log, leads on without it, and another delivers what follows',
    tell: () => withoutItsOwnTxn().logs(OBSERVER, C).received(1, OBSERVER, COMMIT_C).applied(OBSERVER, C.zxid),
  },
  {
    checker: 'total-order',
    story: 'the same leader, and of two that deliver what follows one delivered before it what the other does not have',
    tell: () =>
      withoutItsOwnTxn()
        .received(1, 2, COMMIT_C)
        .applied(2, C.zxid)
        .logs(OBSERVER, C)
        .received(1, OBSERVER, COMMIT_C)
        .applied(OBSERVER, C.zxid),
  },
  {
    checker: 'local-primary-order',
    story: 'a server that is being synchronized gets the second txn of epoch 1 without the first, and delivers it',
    tell: () =>
      firstEpoch()
        .proposes(1, [3], A, B)
        .received(3, 2, { type: 'DIFF', zxid: B.zxid })
        .logs(2, B)
        .received(3, 2, { type: 'COMMIT', zxid: B.zxid })
        .applied(2, B.zxid),
  },
  {
    checker: 'global-primary-order',
    story: 'a txn of epoch 2 stands before one of epoch 1 in the log of a server that delivers both',
    tell: () =>
      firstEpoch()
        .proposes(1, [3], A)
        .ended(3, 'kill')
        .boots(3)
        .truncated(3, NONE)
        .proposesEpoch(3, 2)
        .joins(2, 3, 2)
        .beginsToSynchronize(3, 2)
        .hands(3, 2)
        .acksNewLeader(2, 3)
        .proposes(3, [], C)
        .appended(2, C)
        .appended(2, A)
        .flushed(2, A.zxid)
        .received(3, 2, { type: 'COMMIT', zxid: C.zxid })
        .applied(2, A.zxid),
  },
  {
    checker: 'primary-integrity',
    story: 'a leader broadcasts in epoch 2 while its tree lacks what was delivered in epoch 1',
    tell: () =>
      firstEpoch()
        .proposes(1, [2, 3], A)
        .commits(1, [2], A.zxid)
        .ended(1, 'powerLoss')
        .looks(2)
        .looks(3)
        .proposesEpoch(3, 2)
        .joins(2, 3, 2)
        .beginsToSynchronize(3, 2)
        .hands(3, 2)
        .acksNewLeader(2, 3)
        .proposes(3, [2], C),
  },
  {
    checker: 'initial-history-prefix',
    story: 'a quorum took over a in epoch 2, and epoch 3 begins without it',
    tell: () =>
      firstEpoch()
        .proposes(1, [2], A)
        .looks(1)
        .looks(2)
        .looks(3)
        .proposesEpoch(1, 2)
        .joins(2, 1, 2)
        .beginsToSynchronize(1, 2)
        .hands(1, 2)
        .acksNewLeader(2, 1)
        .ended(1, 'powerLoss')
        .looks(2)
        .proposesEpoch(3, 3)
        .joins(2, 3, 3)
        .beginsToSynchronize(3, 3)
        .hands(3, 2),
  },
  {
    checker: 'initial-history-delivered',
    story: 'a server delivers a txn of epoch 2 without the history that the epoch began with',
    tell: () =>
      firstEpoch()
        .proposes(1, [3], A)
        .looks(1)
        .looks(3)
        .proposesEpoch(1, 2)
        .joins(3, 1, 2)
        .beginsToSynchronize(1, 2)
        .hands(1, 3)
        .acksNewLeader(3, 1)
        .applied(1, A.zxid, 'restore')
        .proposes(1, [3], C)
        .received(1, 2, { type: 'DIFF', zxid: C.zxid })
        .logs(2, C)
        .received(1, 2, { type: 'COMMIT', zxid: C.zxid })
        .applied(2, C.zxid),
  },
  {
    checker: 'history-of-members',
    story: 'leader and follower of epoch 1 log different txns of one zxid, and neither is acknowledged',
    tell: () =>
      firstEpoch()
        .appended(1, A)
        .appended(2, txn(1, 1, 8)),
  },
  {
    checker: 'no-unexpected-end',
    story: 'a server ends by itself on a healthy disk',
    tell: () => firstEpoch().ended(2, 'fatal', 'assertion failed: proposals are made in zxid order'),
  },
  {
    checker: 'acks-in-order',
    story: 'a proposal is acknowledged ahead of NEWLEADER',
    tell: () =>
      threeServers()
        .leads(1, [2], 1)
        .joins(3, 1, 1)
        .hands(1, 3)
        .proposes(1, [2], A)
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .logs(3, A)
        .current(3, 1)
        .sent(3, 1, { type: 'ACK', zxid: A.zxid }),
  },
  {
    checker: 'proposals-in-order',
    story: 'a follower is sent the second proposal and not the first',
    tell: () =>
      firstEpoch()
        .proposes(1, [2], A, B)
        .sent(1, 3, { type: 'PROPOSAL', txns: [B] }),
  },
  {
    checker: 'commits-in-order',
    story: 'a follower is told to commit what it was not sent',
    tell: () => firstEpoch().proposes(1, [2], A).sent(1, 3, { type: 'COMMIT', zxid: A.zxid }),
  },
  {
    checker: 'accepted-epoch-before-leaderinfo',
    story: 'a leader proposes an epoch before its own promise is durable',
    tell: () =>
      threeServers()
        .role(1, 'LEADING', 'DISCOVERY', { leader: 1 })
        .packet(2, 1, { type: 'FOLLOWERINFO', epoch: 0 as Epoch })
        .sent(1, 2, { type: 'LEADERINFO', epoch: 1 as Epoch }),
  },
  {
    checker: 'accepted-epoch-before-ackepoch',
    story: 'a follower answers LEADERINFO before its promise is durable',
    tell: () =>
      threeServers()
        .proposesEpoch(1, 1)
        .packet(2, 1, { type: 'FOLLOWERINFO', epoch: 0 as Epoch })
        .packet(1, 2, { type: 'LEADERINFO', epoch: 1 as Epoch })
        .sent(2, 1, { type: 'ACKEPOCH', epoch: 0 as Epoch, zxid: NONE }),
  },
  {
    checker: 'ackepoch-is-true',
    story: 'a follower names a history that is longer than what its disk holds',
    tell: () =>
      firstEpoch()
        .proposes(1, [2], A)
        .appended(3, A)
        .role(3, 'LOOKING', 'ELECTION')
        .packet(3, 1, { type: 'FOLLOWERINFO', epoch: 1 as Epoch })
        .packet(1, 3, { type: 'LEADERINFO', epoch: 1 as Epoch })
        .sent(3, 1, { type: 'ACKEPOCH', epoch: -1 as Epoch, zxid: A.zxid }),
  },
  {
    checker: 'current-epoch-before-newleader',
    story: 'NEWLEADER leaves before currentEpoch is durable on the leader',
    tell: () =>
      threeServers()
        .proposesEpoch(1, 1)
        .joins(2, 1, 1)
        .sent(1, 2, { type: 'DIFF', zxid: NONE })
        .sent(1, 2, { type: 'NEWLEADER', zxid: zxid(1, 0) }),
  },
  {
    checker: 'history-before-current-epoch',
    story: 'currentEpoch is durable on a follower before the synced txns are (ZOOKEEPER-4643)',
    tell: () =>
      threeServers()
        .leads(1, [2], 1)
        .proposes(1, [2], A)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'DIFF', zxid: A.zxid })
        .packet(1, 3, { type: 'PROPOSAL', txns: [A] })
        .newLeader(1, 3)
        .appended(3, A)
        .current(3, 1),
  },
  {
    checker: 'current-epoch-before-ack',
    story: 'NEWLEADER is acknowledged before currentEpoch is durable',
    tell: () =>
      threeServers()
        .leads(1, [2], 1)
        .joins(3, 1, 1)
        .hands(1, 3)
        .sent(3, 1, { type: 'ACK', zxid: zxid(1, 0) }),
  },
  {
    checker: 'flush-before-ack',
    story: 'a proposal is acknowledged before it is flushed',
    tell: () =>
      firstEpoch()
        .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
        .appended(2, A)
        .sent(2, 1, { type: 'ACK', zxid: A.zxid }),
  },
  {
    checker: 'epochs-never-go-back',
    story: 'after a power failure acceptedEpoch is what it was before',
    tell: () => firstEpoch().accepted(3, 2).ended(3, 'powerLoss').boots(3, { acceptedEpoch: 1 }),
  },
  {
    checker: 'flushed-survives',
    story: 'a flushed txn is gone after a power failure',
    tell: () => firstEpoch().proposes(1, [2, 3], A).ended(2, 'powerLoss').boots(2, { last: NONE }),
  },
  {
    checker: 'committed-survives',
    story: 'a follower cuts off what is committed, at the word of a leader',
    tell: () => firstEpoch().broadcasts(1, [2, 3], A).packet(1, 2, { type: 'TRUNC', zxid: NONE }).truncated(2, NONE),
  },
  {
    checker: 'synced-history',
    story: 'a leader ends a DIFF before the learner has all of its history',
    tell: () =>
      threeServers()
        .leads(1, [2], 1)
        .proposes(1, [2], A)
        .joins(3, 1, 1)
        .packet(1, 3, { type: 'DIFF', zxid: A.zxid })
        .newLeader(1, 3),
  },
  {
    checker: 'leader-has-a-vote',
    story: 'an observer begins an epoch',
    tell: () => firstEpoch().boots(OBSERVER).proposesEpoch(OBSERVER, 2).beginsToSynchronize(OBSERVER, 2),
  },
  {
    checker: 'observers-learn-what-is-committed',
    story: 'a follower hands an observer what it has only logged',
    tell: () =>
      firstEpoch()
        .boots(OBSERVER)
        .proposes(1, [2, 3], A)
        .joins(OBSERVER, 2, 1)
        .packet(2, OBSERVER, { type: 'DIFF', zxid: A.zxid })
        .packet(2, OBSERVER, { type: 'PROPOSAL', txns: [A] }),
  },
  {
    checker: 'propose-needs-quorum',
    story: 'a leader proposes before anybody acknowledged NEWLEADER',
    tell: () =>
      threeServers()
        .proposesEpoch(1, 1)
        .joins(2, 1, 1)
        .beginsToSynchronize(1, 1)
        .hands(1, 2)
        .sent(1, 2, { type: 'PROPOSAL', txns: [A] }),
  },
  {
    checker: 'rollover-after-commit',
    story: 'a leader that serves asks for epoch 2 while a txn of epoch 1 is on its own disk alone',
    tell: () =>
      firstEpoch()
        .logs(1, A)
        .accepted(1, 2)
        .sent(1, 2, { type: 'LEADERINFO', epoch: 2 as Epoch }),
  },
  {
    checker: 'commit-needs-quorum',
    story: 'a leader commits what is durable on its own disk alone',
    tell: () =>
      firstEpoch()
        .packet(1, 2, { type: 'PROPOSAL', txns: [A] })
        .logs(1, A)
        .sent(1, 2, { type: 'COMMIT', zxid: A.zxid }),
  },
  {
    checker: 'one-reconfig-at-a-time',
    story: 'a leader proposes a configuration behind one that is not committed',
    tell: () =>
      firstEpoch()
        .proposes(1, [2, 3], reconfig(1, 1, [1, 2, 3, 4]))
        .proposes(1, [2, 3], reconfig(1, 2, [1, 2, 3])),
  },
  {
    checker: 'left-out-leader-stops',
    story: 'a leader that a committed configuration leaves out commits on',
    tell: () =>
      firstEpoch()
        .broadcasts(1, [2, 3], reconfig(1, 1, [2, 3]))
        .broadcasts(1, [2, 3], B),
  },
  {
    checker: 'written-configuration-is-committed',
    story: 'a server keeps a configuration that is only proposed',
    tell: () =>
      firstEpoch()
        .proposes(1, [2, 3], reconfig(1, 1, [1, 2]))
        .configurationWritten(2, A.zxid),
  },
  {
    checker: 'damaged-in-no-quorum',
    story: 'a damaged server leads',
    tell: () =>
      firstEpoch()
        .ended(3, 'powerLoss')
        .fault('flippedBit', 3)
        .boots(3, { last: NONE, damaged: true })
        .role(3, 'LEADING', 'DISCOVERY', { leader: 3 }),
  },
  {
    checker: 'healed-by-a-leader',
    story: 'a damage mark goes before the leader has sent anything',
    tell: () =>
      firstEpoch().ended(3, 'powerLoss').fault('flippedBit', 3).boots(3, { last: NONE, damaged: true }).healed(3),
  },
  {
    checker: 'zxids-used-once',
    story: 'a leader cuts off a txn that a follower acknowledged and uses its zxid for another',
    tell: () =>
      firstEpoch()
        .proposes(1, [2], A)
        .truncated(2, NONE)
        .truncated(1, NONE)
        .packet(1, 3, { type: 'PROPOSAL', txns: [txn(1, 1, 8)] })
        .logs(1, txn(1, 1, 8))
        .logs(3, txn(1, 1, 8))
        .sent(3, 1, { type: 'ACK', zxid: A.zxid }),
  },
  {
    checker: 'apply-after-commit',
    story: 'a follower applies what it has not heard to be committed',
    tell: () => firstEpoch().proposes(1, [2, 3], A).applied(2, A.zxid),
  },
  {
    checker: 'apply-in-order',
    story: 'a follower applies a txn twice',
    tell: () => firstEpoch().broadcasts(1, [2, 3], A).applied(2, A.zxid),
  },
  {
    checker: 'equal-digests',
    story: 'the same txns left another tree on one server',
    tell: () =>
      firstEpoch()
        .proposes(1, [2, 3], A)
        .commits(1, [], A.zxid)
        .packet(1, 2, { type: 'COMMIT', zxid: A.zxid })
        .applied(2, A.zxid, 'step', 'another'),
  },
  {
    checker: 'sessions-expire-once',
    story: 'a leader ends a session, and then once more',
    tell: () => {
      const expires = 9n as SessionId;
      return firstEpoch()
        .logs(1, { ...A, expires })
        .logs(1, { ...B, expires });
    },
  },
];
