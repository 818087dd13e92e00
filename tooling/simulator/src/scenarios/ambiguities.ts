// Where the description of Zab can be read in two ways (apache/zookeeper, zookeeper-specifications/protocol-spec/issues.md), and what holds here.

import { B, A, C } from './letters.ts';
import { LearnerAlone } from './learner-alone.ts';
import { type Scenario, scenario } from './scenario.ts';
import { zxidOf } from './story.ts';

export const ambiguities: readonly Scenario[] = [
  scenario(
    'protocol ambiguity 1',
    'a learner that has not acknowledged NEWLEADER yet is proposed to all the same',
    {
      voters: 3,
      about: `If proposals go only to those that acknowledged NEWLEADER, one that is still in synchronization gets the COMMIT of a txn without
        the txn. They go to whoever was sent the history.`,
      undoneBy: {
        file: 'packages/leader/src/learner-handler.ts',
        change: 'forward proposals only to those that acknowledged NEWLEADER',
      },
    },
    async (story) => {
      await story.together(C, B);
      await story.write('t1', { at: C });
      const acks = story.hold('ACK', { from: A, to: C });
      const since = story.facts.count;
      story.start(A);
      await acks.waits();
      const t2 = await story.write('t2', { at: C });
      await story.until('PROPOSAL and COMMIT of t2 reach A', () => {
        const packets = story.facts.packetsTo(A, ['PROPOSAL', 'COMMIT'], since);
        const proposal = packets.findIndex(({ txns }) => txns?.some(({ zxid }) => zxid === zxidOf(t2)) === true);
        const commit = packets.findIndex(({ type, zxid }) => type === 'COMMIT' && zxid === zxidOf(t2));
        return proposal >= 0 && commit > proposal;
      });
      story.expect(!story.isServing(A), 'A has not been counted yet');
      acks.release();
      await story.serves(A);
      await story.sees(t2, A);
      story.expectEqual(story.facts.packetsTo(A, ['NEWLEADER'], since).length, 1, 'how often A was synced');
    },
  ),

  scenario(
    'protocol ambiguity 2',
    'what is proposed again is logged once',
    {
      voters: 3,
      about: `A txn can be in the history that a learner is sent and be proposed to it again. The second one must be dropped. Zebu's leader
        sends everything once, so this is the learner by itself, with such packets.`,
      undoneBy: {
        file: 'packages/learner/src/txn-order.ts',
        change: 'take a run whole that begins with what the log holds already',
      },
    },
    async (story) => {
      const learner = new LearnerAlone({ epoch: 2, logged: ['1:1'] });
      learner.receives({ type: 'DIFF', to: '1:3' });
      learner.receives({ type: 'PROPOSAL', txns: ['1:2', '1:3'] });
      learner.receives({ type: 'NEWLEADER' });
      learner.disks();
      learner.receives({ type: 'PROPOSAL', txns: ['1:2', '1:3'] });
      learner.receives({ type: 'PROPOSAL', txns: ['1:3', '2:1'] });
      story.expectEqual(learner.log, ['1:1', '1:2', '1:3', '2:1'], 'the log of the learner');
      story.expectEqual(learner.abandoned, undefined, 'why it left its leader');
      await story.together(C, A, B);
    },
  ),

  scenario(
    'protocol ambiguity 3',
    'the COMMIT before UPTODATE says what the leader committed, not what the learner acknowledged',
    {
      voters: 3,
      about: `A learner that is synced while others write acknowledges NEWLEADER with an old zxid in mind. The COMMIT that follows has to be
        the leader's last one, or the learner serves without what was committed meanwhile.`,
      undoneBy: {
        file: 'packages/leader/src/synchronization.ts',
        change: "send the learner's ackedZxid in the COMMIT of becomeUpToDate",
      },
    },
    async (story) => {
      await story.together(C, B);
      await story.write('t1', { at: C });
      const acks = story.hold('ACK', { from: A, to: C });
      const since = story.facts.count;
      story.start(A);
      await acks.waits();
      await story.write('t2', { at: C });
      const t3 = await story.write('t3', { at: C });
      acks.release();
      await story.serves(A);
      const packets = story.facts.packetsTo(A, ['COMMIT', 'UPTODATE'], since);
      const last = packets[packets.findIndex(({ type }) => type === 'UPTODATE') - 1];
      story.expectEqual(last?.zxid, zxidOf(t3), 'the COMMIT right before UPTODATE');
      await story.sees(t3, A);
    },
  ),
];
