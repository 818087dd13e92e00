// What Zebu promises where no ticket says so.

import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

const SESSION_TIMEOUT_MS = 800;
const STALL_MS = 1500;

export const promises: readonly Scenario[] = [
  scenario(
    'late tick',
    'a leader that stood still ends no session before it has read what came meanwhile',
    {
      voters: 3,
      settings: { localSessions: false, syncLimit: 20 },
      about: `A leader that is stopped and goes on looks at its timers first. By its clock every session has been silent for longer than its
        timeout, while the signs of life of all of them lie unread; ZooKeeper's session tracker then ends them all.`,
      undoneBy: {
        file: 'packages/peer/src/stall-guard.ts',
        change: 'call no tick late',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'living', servers: [A], sessionTimeoutMs: SESSION_TIMEOUT_MS });
      const events: string[] = [];
      client.onSessionEvent(({ type }) => void events.push(type));
      await story.call('a client at A has a session', client.connected());
      story.pause(C);
      await story.passes(STALL_MS);
      story.expectEqual(client.state, 'connected', 'the client, which A answers');
      story.resume(C);
      await story.passes(2 * SESSION_TIMEOUT_MS);
      story.expectEqual(events.join(), 'connected', 'what the client was told');
      story.expect(story.isServing(C), 'C leads as before');
      await story.call('its client leaves', client.close());
    },
  ),

  scenario(
    'uncommitted tail',
    'a server that comes back with more than is committed serves nobody until it is committed',
    {
      voters: 3,
      about: `A tree that is read back at a start holds all of the log, also what its leader has proposed and nobody has committed. The server
        may be in sync and know no better; whoever reads from it then sees what may still be lost.`,
      undoneBy: {
        file: 'packages/learner/src/broadcast.ts',
        change: 'serve after UPTODATE, whatever the tree holds',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t1', { at: C });
      await story.inStep();
      const flushes = [story.holdFlushes(B, 'log'), story.holdFlushes(C, 'log')];
      const t2 = await story.propose('t2', { at: C });
      await story.isFlushed(t2, A);
      story.kill(A);
      story.start(A);
      await story.readsDisk(A);
      await story.until(
        'A has acknowledged NEWLEADER, and C has told it to serve',
        () => story.facts.packetsTo(A, ['UPTODATE']).length > 1,
      );
      await story.passes(100);
      story.expect(story.hasApplied(A, t2), 'the tree of A holds t2');
      story.expectPending(t2);
      story.expect(!story.isServing(A), 'A serves nobody');
      for (const flush of flushes) flush.release();
      await story.isAcknowledged(t2);
      await story.serves(A);
      await story.sees(t2, A, B, C);
    },
  ),
];
