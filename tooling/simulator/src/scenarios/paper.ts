// The bugs that model checking found in ZooKeeper's implementation of Zab (Ouyang et al., EuroSys 2025), and the tickets behind them.

import { epochOf, makeZxid, type Zxid } from '@zebu/protocol';
import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import { type Story, zxidOf } from './story.ts';

export const paper: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-4643',
    'an epoch on disk never hides missing txns',
    {
      voters: 3,
      about: `A follower wrote currentEpoch on NEWLEADER and lost power before the txns of its DIFF were on disk. Its stale history then had
        the newest epoch, won the election, and cut a committed txn out of the others.`,
      undoneBy: {
        file: 'packages/learner/src/synchronization.ts',
        change: 'write currentEpoch in onDiff, ahead of the history',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.kill(C);
      await story.leads(B);
      const t1 = await story.write('t1', { at: B });
      await story.isFlushed(t1, A, B);
      story.say('A, which has t1, is to lead C, which has not, in an epoch that B does not see');
      story.losePower(A, B);
      story.start(A);
      await story.readsDisk(A);
      const diff = story.hold('DIFF', { from: A, to: C });
      story.start(C);
      await diff.waits();
      const flush = story.holdFlushes(C, 'log');
      diff.release();
      await flush.waits();
      await story.passes(100);
      story.expect(!story.isServing(A), 'A is not established by what C has not on disk');
      story.losePower(C);
      flush.release();
      story.losePower(A);
      story.start(B, C);
      await story.leads(B);
      await story.serves(B, C);
      await story.isSynced(C, 'DIFF_FROM_DISK');
      await story.sees(t1, B, C);
    },
  ),

  scenario(
    'ZOOKEEPER-4646',
    'NEWLEADER is acknowledged when the history is on disk, not when it is queued',
    {
      voters: 3,
      about: `Followers acknowledged NEWLEADER while the txns of their DIFF waited for the disk. With that the leader was established and a
        client read t1; all lost power; the followers, of which none had t1 on disk, elected without the old leader.`,
      undoneBy: {
        file: 'packages/learner/src/synchronization.ts',
        change: 'acknowledge NEWLEADER in onNewLeader, without waiting for the flush',
      },
    },
    async (story) => {
      const t1 = await onlyOnLeader(story);
      const diffs = [story.hold('DIFF', { from: C, to: A }), story.hold('DIFF', { from: C, to: B })];
      story.start(A, B);
      for (const diff of diffs) await diff.waits();
      const flushes = [story.holdFlushes(A, 'log'), story.holdFlushes(B, 'log')];
      for (const diff of diffs) diff.release();
      for (const flush of flushes) await flush.waits();
      const stop = story.never(
        'C serves t1, which is on no other disk',
        (event) => event.type === 'role' && event.serving,
      );
      await story.passes(300);
      stop();
      story.losePower(A, B, C);
      for (const flush of flushes) flush.release();
      story.start(A, B);
      await story.leads(B);
      await story.seesNot(t1, A, B);
      await story.write('t2', { at: B });
      story.start(C);
      await story.isSynced(C, 'TRUNC');
      await story.serves(C);
      await story.seesNot(t1, C);
    },
  ),

  scenario(
    'ZOOKEEPER-3911',
    'what a client has read at a leader survives that leader, though its followers fail at UPTODATE',
    {
      voters: 3,
      about: `The leader alone had t1; its followers came back, took t1 by DIFF, acknowledged NEWLEADER and failed right at UPTODATE, with t1
        in memory. A client read t1; all stopped; the followers came back without it.`,
    },
    async (story) => {
      const t1 = await onlyOnLeader(story);
      const upToDate = [story.hold('UPTODATE', { from: C, to: A }), story.hold('UPTODATE', { from: C, to: B })];
      story.start(A, B);
      for (const held of upToDate) await held.waits();
      await story.leads(C);
      await story.sees(t1, C);
      story.expect(!story.isServing(A) && !story.isServing(B), 'A and B have not got UPTODATE');
      story.losePower(A, B, C);
      for (const held of upToDate) held.release();
      story.start(A, B);
      await story.leads(B);
      await story.serves(A, B);
      await story.sees(t1, A, B);
    },
  ),

  scenario(
    'ZOOKEEPER-4785',
    'a follower that bounces between NEWLEADER and its flush was not counted, and wins nothing',
    {
      voters: 3,
      about: `Between the ACK of NEWLEADER and the flush of the DIFF a follower was bounced. It had been counted for the new epoch, and came
        back with that epoch and without the txns: it won the next election with them lost.`,
      undoneBy: {
        file: 'packages/learner/src/synchronization.ts',
        change: 'acknowledge NEWLEADER in onNewLeader, without waiting for the flush',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.kill(C);
      await story.leads(B);
      const t1 = await story.write('t1', { at: B });
      await story.inStep();
      story.kill(A);
      await story.is(B, 'LOOKING');
      const diff = story.hold('DIFF', { from: B, to: C });
      story.start(C);
      await diff.waits();
      const flush = story.holdFlushes(C, 'log');
      const since = story.facts.count;
      diff.release();
      await flush.waits();
      const stop = story.never('B leads with C', (event) => event.type === 'role' && event.serving);
      await story.passes(100);
      stop();
      story.expectEqual(story.facts.packetsFrom(C, ['ACK'], since).length, 0, 'how often C acknowledged anything');
      story.losePower(C);
      flush.release();
      story.losePower(B);
      story.start(A, C);
      await story.leads(A);
      await story.serves(A, C);
      await story.sees(t1, A, C);
    },
  ),

  scenario(
    'ZOOKEEPER-3023',
    'a follower that serves has applied everything that was committed when it was synced',
    {
      voters: 3,
      settings: { appliedAtOnceCount: 0, commitLogCount: 100 },
      about: `The leader took the follower's ACK of UPTODATE for a sign that it is in step, while the follower's commit thread had not yet
        applied the txns of its DIFF: a follower in broadcast behind what was committed.`,
    },
    async (story) => {
      await story.together(C, A, B);
      await story.inStep();
      story.kill(A);
      for (let n = 1; n <= 20; n++) await story.write(`t${n}`, { at: C });
      const newest = story.acknowledgedWrites().at(-1);
      if (newest === undefined) throw new Error('twenty writes leave a newest one');
      const upToDate = story.hold('UPTODATE', { from: C, to: A });
      story.start(A);
      await upToDate.waits();
      story.expect(!story.isServing(A), 'A serves nobody before UPTODATE');
      upToDate.release();
      await story.serves(A);
      await story.sees(newest, A);
    },
  ),

  scenario(
    'ZOOKEEPER-4394',
    'a COMMIT between NEWLEADER and UPTODATE is obeyed',
    {
      voters: 3,
      about: `A follower that joins got DIFF, PROPOSAL b, NEWLEADER, COMMIT b, UPTODATE. At NEWLEADER b had left the list of what is pending,
        so the COMMIT found nothing: NullPointerException, a new sync, and the same again, for ever.`,
      undoneBy: {
        file: 'packages/learner/src/broadcast.ts',
        change: 'abandon on a COMMIT between NEWLEADER and UPTODATE',
      },
    },
    async (story) => {
      await story.together(C, B);
      await story.write('a', { at: C });
      const ackOfB = story.hold('ACK', { from: B, to: C });
      const b = await story.propose('b', { at: C });
      await ackOfB.waits();
      const ackOfA = story.hold('ACK', { from: A, to: C });
      const since = story.facts.count;
      story.start(A);
      await ackOfA.waits();
      story.expectPending(b);
      ackOfB.release();
      await story.isAcknowledged(b);
      await story.until('COMMIT b reaches A', () =>
        story.facts.packetsTo(A, ['COMMIT'], since).some(({ zxid }) => zxid === zxidOf(b)),
      );
      ackOfA.release();
      await story.serves(A);
      const order = story.facts.packetsTo(A, ['NEWLEADER', 'COMMIT', 'UPTODATE'], since);
      const newLeader = order.findIndex(({ type }) => type === 'NEWLEADER');
      const commit = order.findIndex(({ type, zxid }) => type === 'COMMIT' && zxid === zxidOf(b));
      const upToDate = order.findIndex(({ type }) => type === 'UPTODATE');
      story.expect(newLeader < commit && commit < upToDate, 'COMMIT b came between NEWLEADER and UPTODATE');
      await story.sees(b, A);
      story.expectEqual(order.filter(({ type }) => type === 'NEWLEADER').length, 1, 'how often A was synced');
    },
  ),

  scenario(
    'ZOOKEEPER-4685',
    'no proposal is acknowledged ahead of NEWLEADER',
    {
      voters: 3,
      about: `A follower's sync thread acknowledged a proposal before its main thread had acknowledged NEWLEADER. The leader, still
        collecting those, saw a zxid that it did not expect, counted wrong, and shut the epoch down.`,
      undoneBy: {
        file: 'packages/learner/src/learner.ts',
        change:
          'tell broadcast of a flush before synchronization, and let it acknowledge in every phase (broadcast.ts)',
      },
    },
    async (story) => {
      await story.together(C, B);
      await story.write('a', { at: C });
      const newLeader = story.hold('NEWLEADER', { from: C, to: A });
      const since = story.facts.count;
      story.start(A);
      await newLeader.waits();
      const flush = story.holdFlushes(A);
      newLeader.release();
      await flush.waits();
      const b = await story.write('b', { at: C });
      await story.until('A has got b', () =>
        story.facts.packetsTo(A, ['PROPOSAL'], since).some(({ txns }) => txns?.some(({ zxid }) => zxid === zxidOf(b))),
      );
      story.expectEqual(story.facts.packetsFrom(A, ['ACK'], since).length, 0, 'how often A acknowledged anything');
      flush.release();
      await story.serves(A);
      await story.until('A acknowledges b', () =>
        story.facts.packetsFrom(A, ['ACK'], since).some(({ zxid }) => zxid === zxidOf(b)),
      );
      const acknowledged = story.facts.packetsFrom(A, ['ACK'], since).map(({ zxid }) => zxid as Zxid);
      story.expectEqual(acknowledged[0], makeZxid(epochOf(zxidOf(b)), 0), 'what A acknowledged first');
      await story.sees(b, A);
    },
  ),

  scenario(
    'ZOOKEEPER-4712',
    'a server votes with its log only when nothing is on its way there any more',
    {
      voters: 3,
      about: `A follower lost its leader while its log queue was not empty. It reckoned the zxid to vote with from memory and log, and its
        sync thread, still alive, appended more behind that: txns on disk that no later sync cut off.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'answer fence at once, past the queue and without flushing',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.say('C proposes x, which reaches A alone; at both it waits for the disk');
      const proposal = story.hold('PROPOSAL', { from: C, to: B });
      const flushes = [story.holdFlushes(A, 'log'), story.holdFlushes(C, 'log')];
      const x = await story.propose('x', { at: C });
      await story.isLogged(x, A);
      for (const flush of flushes) await flush.waits();
      await proposal.waits();
      const since = story.facts.count;
      story.losePower(C);
      flushes[1]?.release();
      await proposal.isLost();
      proposal.release();
      await story.is(A, 'LOOKING');
      await story.passes(100);
      story.expectEqual(votesOf(story, since), [], 'the zxids that A votes with while its disk is at work');
      story.start(C);
      await story.leads(C);
      await story.write('t2', { at: C });
      flushes[0]?.release();
      await story.until('A votes', () => votesOf(story, since).length > 0);
      story.expectEqual(votesOf(story, since)[0], zxidOf(x), 'the zxid that A votes with');
      story.expectEqual(story.diskOf(A).lastLoggedZxid, zxidOf(x), 'the end of its log');
      await story.isSynced(A, 'TRUNC');
      await story.serves(A);
      story.expect(!story.logs(A, x), 'x is gone from the log of A');
      await story.seesNot(x, A, B, C);
    },
  ),
];

/** C leads and has t1; A and B are down and have not. Nobody was told of t1. */
async function onlyOnLeader(story: Story) {
  await story.together(C, A, B);
  await story.write('t0', { at: C });
  await story.inStep();
  const proposals = story.hold('PROPOSAL', { from: C });
  const t1 = await story.propose('t1', { at: C });
  await story.isFlushed(t1, C);
  await proposals.waits();
  story.kill(A, B);
  await story.is(C, 'LOOKING');
  proposals.release();
  story.expect(t1.status !== 'acknowledged', 'nobody was told that t1 is there');
  return t1;
}

/** The zxids with which A said that it looks for a leader. */
const votesOf = (story: Story, since: number): Zxid[] =>
  story.facts.events.slice(since).flatMap((event) => {
    if (event.type !== 'notificationSent' || event.from !== A || event.state !== 'LOOKING') return [];
    return event.vote.leader === A ? [event.vote.zxid] : [];
  });
