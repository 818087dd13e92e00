// Observers that write no txns to their disks: what they hold is in their memory, and nobody may count on it.

import type { Epoch, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import type { TxnSummary } from '../../src/history/event.ts';
import { firstEpoch, reconfig, type Story, txn, zxid } from './story.ts';
import { verdict } from './verdict.ts';

const [A, B, C] = [txn(1, 1), txn(1, 2), txn(1, 3)];
const NONE = 0n as Zxid;
const OBSERVER = 4;

/** From OBSERVERINFO to UPTODATE, by DIFF; what it has it says itself. `meanwhile`: before its ACK of NEWLEADER. */
function learns(
  story: Story,
  leader: number,
  says: { readonly accepted: number; readonly last: Zxid; readonly meanwhile?: () => void },
  ...news: TxnSummary[]
): Story {
  const epoch = 1 as Epoch;
  const last = news.at(-1)?.zxid ?? says.last;
  story.role(OBSERVER, 'OBSERVING', 'DISCOVERY', { leader });
  story.packet(OBSERVER, leader, { type: 'OBSERVERINFO', epoch: says.accepted as Epoch });
  story.packet(leader, OBSERVER, { type: 'LEADERINFO', epoch });
  if (says.accepted < epoch) story.accepted(OBSERVER, epoch);
  const again = says.accepted === epoch;
  story.packet(OBSERVER, leader, { type: 'ACKEPOCH', epoch: (again ? -1 : 0) as Epoch, zxid: says.last });
  story.role(OBSERVER, 'OBSERVING', 'SYNCHRONIZATION', { leader, epoch });
  story.packet(leader, OBSERVER, { type: 'DIFF', zxid: last });
  if (news.length > 0) story.packet(leader, OBSERVER, { type: 'PROPOSAL', txns: news });
  story.newLeader(leader, OBSERVER);
  says.meanwhile?.();
  story.packet(OBSERVER, leader, { type: 'ACK', zxid: zxid(1, 0) });
  story.packet(leader, OBSERVER, { type: 'COMMIT', zxid: last });
  if (news.length > 0) story.applied(OBSERVER, last);
  story.packet(leader, OBSERVER, { type: 'UPTODATE', zxid: zxid(1, 0) });
  return story.role(OBSERVER, 'OBSERVING', 'BROADCAST', { leader, epoch, serving: true });
}

/** It learns A, is informed of B, loses its leader, and goes on from its memory with C. */
function fromMemory(): Story {
  const story = firstEpoch().boots(OBSERVER).broadcasts(1, [2, 3], A);
  learns(story, 1, { accepted: 0, last: NONE }, A);
  story
    .broadcasts(1, [2, 3], B)
    .packet(1, OBSERVER, { type: 'INFORM', txns: [B] })
    .applied(OBSERVER, B.zxid);
  story.looks(OBSERVER).broadcasts(1, [2, 3], C);
  return learns(story, 1, { accepted: 1, last: B.zxid }, C);
}

const judge = (story: Story, observersKeepLog = false): string[] =>
  verdict(story.events, { observersKeepLog }).objecting;

describe('an observer without a log', () => {
  it('goes on from its memory, and acknowledges what is on no disk', () => {
    expect(verdict(fromMemory().events, { observersKeepLog: false }).messages).toEqual([]);
  });

  it('begins with what its disk holds after a restart', () => {
    const story = fromMemory().ended(OBSERVER, 'powerLoss').boots(OBSERVER);
    learns(story, 1, { accepted: 1, last: NONE }, A, B, C);
    expect(verdict(story.events, { observersKeepLog: false }).messages).toEqual([]);
  });

  it('is none where observers are to keep a log', () => {
    expect(judge(fromMemory(), true)).toContain('flush-before-ack');
  });

  it('may not write currentEpoch, which would hide what its disk lacks', () => {
    expect(judge(fromMemory().current(OBSERVER, 1))).toEqual(['history-before-current-epoch']);
  });

  it('may not miss what lies between its memory and what it applies', () => {
    const story = firstEpoch().boots(OBSERVER).broadcasts(1, [2, 3], A);
    learns(story, 1, { accepted: 0, last: NONE }, A);
    story.broadcasts(1, [2, 3], B).broadcasts(1, [2, 3], C);
    story.packet(1, OBSERVER, { type: 'INFORM', txns: [C] }).applied(OBSERVER, C.zxid);
    expect(judge(story)).toContain('proposals-in-order');
  });

  it('may not acknowledge as a voter: whoever counts it counts on its disk', () => {
    const vote = reconfig(1, 2, [1, 2, 3, OBSERVER]);
    const story = firstEpoch().boots(OBSERVER).broadcasts(1, [2, 3], A).broadcasts(1, [2, 3], vote);
    learns(story, 1, { accepted: 0, last: NONE }, A, vote);
    expect(judge(story)).toEqual(expect.arrayContaining(['current-epoch-before-ack', 'flush-before-ack']));
  });

  it('acknowledges what lies before a vote that it has not heard of', () => {
    const story = firstEpoch().boots(OBSERVER).broadcasts(1, [2, 3], A);
    const meanwhile = (): unknown => story.proposes(1, [2, 3], reconfig(1, 2, [1, 2, 3, OBSERVER]));
    learns(story, 1, { accepted: 0, last: NONE, meanwhile }, A);
    expect(verdict(story.events, { observersKeepLog: false }).messages).toEqual([]);
  });

  it('reads its disk before a role that logs, and may find more there than it had applied', () => {
    const story = firstEpoch().boots(OBSERVER).joins(OBSERVER, 1, 1).hands(1, OBSERVER).acksNewLeader(OBSERVER, 1);
    story.becomesUpToDate(OBSERVER, 1).broadcasts(1, [2, 3, OBSERVER], A).proposes(1, [2, 3, OBSERVER], B);
    story
      .looks(OBSERVER)
      .packet(OBSERVER, 1, { type: 'OBSERVERINFO', epoch: 1 as Epoch })
      .looks(OBSERVER);
    story.reads(OBSERVER).applied(OBSERVER, B.zxid, 'restore');
    expect(verdict(story.events, { observersKeepLog: false }).messages).toEqual([]);
  });

  it('goes on from what it had applied, though its disk holds more from a role that logged', () => {
    const story = firstEpoch().boots(OBSERVER).joins(OBSERVER, 1, 1).hands(1, OBSERVER).acksNewLeader(OBSERVER, 1);
    story.becomesUpToDate(OBSERVER, 1).broadcasts(1, [2, 3, OBSERVER], A).proposes(1, [2, 3, OBSERVER], B);
    story.packet(OBSERVER, 1, { type: 'FOLLOWERINFO', epoch: 1 as Epoch }).looks(OBSERVER);
    learns(story, 1, { accepted: 1, last: A.zxid }, B);
    expect(verdict(story.events, { observersKeepLog: false }).messages).toEqual([]);
  });
});
