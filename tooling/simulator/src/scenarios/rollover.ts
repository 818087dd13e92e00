// The epoch rolls over while clients are served (docs/decisions/0007-the-epoch-rolls-over.md).

import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

export const rollover: readonly Scenario[] = [
  scenario(
    'sync ahead of a new epoch',
    'a server that is late in a rollover has its syncs answered behind what was committed without it',
    {
      voters: 3,
      settings: { lastCounter: 3 },
      about: `The zxids of the epoch are used up. B follows C into the next one, and what is written there is committed by the two. A still writes its
        acceptedEpoch. Its client asks for a sync: C may confirm that to A only behind what it sends A to bring it into the new epoch.`,
      undoneBy: {
        file: 'packages/leader/src/leader.ts',
        change: 'hold REQUEST alone while a learner rolls over, and no SYNC',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const reader = story.client({ name: 'reader', servers: [A] });
      const writer = story.client({ name: 'writer', servers: [C] });
      await story.call('/x is created', writer.create('/x', '0'));
      await story.call('/x becomes 1', writer.setData('/x', '1'));
      await story.call('the reader is connected', reader.connected());
      await story.inStep();
      const flush = story.holdFlushes(A, 'acceptedEpoch');
      await story.call('/x becomes 2, and the epoch is used up', writer.setData('/x', '2'));
      await story.call('/x becomes 3, in the next epoch', writer.setData('/x', '3'));
      await flush.waits();
      const read = reader.sync('/').then(() => reader.getData('/x'));
      await story.passes(200);
      flush.release();
      const { data } = await story.call('sync and read', read);
      story.expectEqual(new TextDecoder().decode(data ?? undefined), '3', 'what was read after a sync');
      story.expect(story.isServing(A), 'A kept its clients');
    },
  ),
];
