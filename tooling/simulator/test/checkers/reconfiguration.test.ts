// Which quorums count around a change of the ensemble: of the old configuration and of the new one, and of the new one alone once it is committed.

import type { Epoch } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { firstEpoch, reconfig, type Story, txn } from './story.ts';
import { verdict } from './verdict.ts';

/** 1, 2 and 3 become 1, 4 and 5. */
const CHANGE = reconfig(1, 1, [1, 4, 5]);
const BEHIND = txn(1, 2);

/** Server 1 leads 2 and 3; 4 and 5 are in sync, without a vote. */
const withNewcomers = (): Story => {
  const story = firstEpoch().boots(4).boots(5);
  for (const newcomer of [4, 5])
    story.joins(newcomer, 1, 1).hands(1, newcomer).acksNewLeader(newcomer, 1).becomesUpToDate(newcomer, 1);
  return story;
};

/** Proposed to all, and acknowledged by these. */
const acknowledgedBy = (story: Story, acknowledging: readonly number[]): Story =>
  story.proposes(1, acknowledging, CHANGE);

const commits = (story: Story): Story =>
  story.packet(1, 2, { type: 'PROPOSAL', txns: [CHANGE] }).applied(1, CHANGE.zxid);

describe('a configuration is committed', () => {
  it('by a quorum of each', () => {
    expect(verdict(commits(acknowledgedBy(withNewcomers(), [3, 4])).events).messages).toEqual([]);
  });

  it('not by the old one alone', () => {
    const { objecting } = verdict(commits(acknowledgedBy(withNewcomers(), [3])).events);
    expect(objecting).toEqual(['commit-needs-quorum', 'apply-after-commit']);
  });

  it('not by the new one alone', () => {
    const { objecting } = verdict(commits(acknowledgedBy(withNewcomers(), [4, 5])).events);
    expect(objecting).toEqual(['commit-needs-quorum', 'apply-after-commit']);
  });
});

it('what precedes a configuration that is not committed yet is applied with a quorum of the old one', () => {
  const first = txn(1, 1);
  const story = withNewcomers()
    .proposes(1, [2, 3], first, reconfig(1, 2, [1, 4, 5]))
    .applied(1, first.zxid);
  expect(verdict(story.events).messages).toEqual([]);
});

it('a leader that is a quorum by itself rolls over on what it flushed, and tells nobody of a commit', () => {
  const last = txn(1, 2);
  const story = firstEpoch()
    .broadcasts(1, [2, 3], reconfig(1, 1, [1]))
    .logs(1, last)
    .accepted(1, 2)
    .packet(1, 2, { type: 'LEADERINFO', epoch: 2 as Epoch })
    .applied(1, last.zxid);
  expect(verdict(story.events).messages).toEqual([]);
});

describe('what follows a committed configuration is committed', () => {
  const changed = (): Story => withNewcomers().broadcasts(1, [3, 4, 5], CHANGE);

  it('by the new one alone', () => {
    expect(verdict(changed().proposes(1, [5], BEHIND).applied(1, BEHIND.zxid).events).messages).toEqual([]);
  });

  it('not by the old one', () => {
    const { objecting } = verdict(changed().proposes(1, [3], BEHIND).applied(1, BEHIND.zxid).events);
    expect(objecting).toEqual(['commit-needs-quorum', 'apply-after-commit']);
  });
});

describe('a leader whose history ends in a configuration', () => {
  /** 3 and 4 hold it, and nobody called it committed; 1 is gone. */
  const proposed = (): Story => acknowledgedBy(withNewcomers(), [3, 4]).ended(1, 'kill').looks(3).looks(4);

  it('that is only proposed is accepted by quorums of both', () => {
    expect(verdict(proposed().looks(2).looks(5).leads(3, [2, 4, 5], 2).events).messages).toEqual([]);
  });

  it('that is only proposed is not accepted by a quorum of the old one', () => {
    expect(verdict(proposed().looks(2).leads(3, [2], 2).events).objecting).toContain('propose-needs-quorum');
  });

  it('that is committed and leaves it out may not know that, if quorums of both accept it', () => {
    const committed = (): Story => commits(acknowledgedBy(withNewcomers(), [3, 4]));
    const leads = (story: Story): Story => {
      for (const server of [2, 3, 4, 5]) story.looks(server);
      return story.leads(3, [2, 4, 5], 2);
    };
    expect(verdict(leads(committed().ended(1, 'kill')).events).messages).toEqual([]);
    const told = committed().packet(1, 3, { type: 'COMMITANDACTIVATE', zxid: CHANGE.zxid }).ended(1, 'kill');
    expect(verdict(leads(told).events).objecting).toContain('leader-has-a-vote');
  });

  it('that is committed is accepted by a quorum of the new one', () => {
    const story = withNewcomers().broadcasts(1, [3, 4, 5], CHANGE).ended(1, 'kill').looks(4).looks(5);
    expect(verdict(story.leads(4, [5], 2).events).messages).toEqual([]);
  });
});

it('a learner that lost its vote may be left with what is committed by then', () => {
  const story = withNewcomers().broadcasts(1, [3, 4, 5], CHANGE).proposes(1, [3, 4, 5], BEHIND);
  story.looks(3).joins(3, 1, 1).packet(1, 3, { type: 'TRUNC', zxid: CHANGE.zxid });
  story.applied(1, BEHIND.zxid).truncated(3, CHANGE.zxid);
  expect(verdict(story.events).messages).toEqual([]);
});

it('a learner that lost its vote is informed of what it was proposed', () => {
  const story = withNewcomers().proposes(1, [3, 4, 5], CHANGE, BEHIND);
  story.packet(1, 4, { type: 'COMMITANDACTIVATE', zxid: BEHIND.zxid }).applied(1, BEHIND.zxid);
  story.packet(1, 3, { type: 'INFORM', txns: [BEHIND] }).applied(3, BEHIND.zxid);
  expect(verdict(story.events).messages).toEqual([]);
});

it('an observer at a follower that is about to get a vote is handed what is committed, as any other', () => {
  const committed = txn(1, 1);
  const story = firstEpoch().boots(4).broadcasts(1, [2, 3], committed);
  story.proposes(1, [2, 3], reconfig(1, 2, [1, 2, 3, 4])).joins(4, 2, 1);
  story.hands(2, 4, committed.zxid).acksNewLeader(4, 2).becomesUpToDate(4, 2, committed.zxid);
  expect(verdict(story.events).messages).toEqual([]);
});
