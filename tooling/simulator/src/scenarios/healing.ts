// A server that lost a part of its history (docs/decisions/0008): in no quorum until an established leader has given it everything.

import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

const LONG = 'a value of some length, so that there is something to be damaged';

export const healing: readonly Scenario[] = [
  scenario(
    'damage heals',
    'a damaged log is set aside, and its server counts again once a leader has replaced it',
    {
      voters: 3,
      about: `One flipped bit in the log of A: it says so, sets its history aside and votes for nothing. C leads with B, gives A everything,
        and from then on A counts: C goes on with A alone.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const t1 = await story.write('t1', { at: C }, LONG);
      await story.inStep();
      await story.isFlushed(t1, A);
      story.kill(A);
      await story.flipsBit(A, (await story.files(A, 'log.')).at(-1) as string, LONG);
      story.startHealing(A);
      await story.readsDisk(A);
      story.expectEqual(story.diskOf(A).damaged, true, 'the mark on the disk of A');
      await story.serves(A);
      await story.isSynced(A, 'DIFF');
      story.expect(story.facts.of(A, 'healed').length === 1, 'A healed');
      await story.sees(t1, A);
      story.kill(B);
      const t2 = await story.write('t2', { at: C });
      await story.isFlushed(t2, A);
      story.start(B);
      await story.inStep();
      await story.sees(t2, A, B, C);
    },
  ),

  scenario(
    'damage is not counted',
    'a leader is established by nobody who is damaged',
    {
      voters: 3,
      about: `All start, A with a damaged log. C is elected by B and gives both its history. A acknowledges NEWLEADER, the ACK of B is held up: C
        must wait for it. And when B then dies, C and A are no quorum, however long they wait.`,
      undoneBy: {
        file: 'packages/leader/src/discovery.ts',
        change: 'count a damaged learner like any other',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const t1 = await story.write('t1', { at: C }, LONG);
      await story.inStep();
      await story.isFlushed(t1, A);
      story.kill(A, B, C);
      await story.flipsBit(A, (await story.files(A, 'log.')).at(-1) as string, LONG);
      const acks = story.hold('ACK', { from: B, to: C });
      const since = story.facts.count;
      const serves = story.never('C served without B', (event) => event.type === 'role' && event.serving);
      story.startHealing(A, B, C);
      await story.until('A has acknowledged NEWLEADER', () => story.facts.packetsFrom(A, ['ACK'], since).length > 0);
      await acks.waits();
      await story.passes(200);
      story.kill(B);
      await acks.isLost();
      acks.release();
      await story.passes(5000);
      serves();
      story.startHealing(B);
      await story.serves(A, B, C);
      await story.sees(t1, A, B, C);
    },
  ),

  scenario(
    'mark before setting aside',
    'whatever moment power fails at, a history is whole or marked as damaged',
    {
      voters: 3,
      about: `A log in the middle of A's history is damaged. While A sets its files aside, power fails. What is left must not pass for a history
        that ends earlier.`,
      undoneBy: {
        file: 'packages/txnlog/src/open-storage.ts',
        change: 'set the history aside before the mark is durable',
      },
      moments: [0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 15, 20, 30, 50],
    },
    async (story, afterMs) => {
      await story.together(C, A, B);
      const t1 = await story.write('t1', { at: C }, LONG);
      await story.inStep();
      await story.isFlushed(t1, A);
      story.kill(A);
      const before = [...(await story.files(A, 'log.')), ...(await story.files(A, 'snapshot.'))];
      await story.flipsBit(A, (await story.files(A, 'log.')).at(-1) as string, LONG);
      story.startHealing(A);
      await story.passes(afterMs);
      story.losePower(A);
      const left = await story.files(A, '');
      const isMarked = left.includes('damaged');
      const isWhole = before.every((name) => left.includes(name));
      story.expect(isMarked || isWhole || story.facts.of(A, 'healed').length > 0, 'A is whole, marked, or healed');
      story.startHealing(A);
      await story.serves(A);
      await story.sees(t1, A);
    },
  ),
];
