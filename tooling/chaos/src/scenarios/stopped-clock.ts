// SIGSTOP for longer than syncLimit: the others take a server for dead that only slept, and it wakes up in the belief that no time has passed.

import { drawn } from './draw.ts';
import type { Scenario, Stage } from './scenario.ts';

async function pauses(stage: Stage): Promise<void> {
  const { ensemble, random } = stage;
  for (const who of ['leader', 'follower', 'leader'] as const) {
    const leader = await ensemble.leader();
    const victim = who === 'leader' ? leader : drawn(random, ensemble.others([leader]));
    stage.tell(`server ${victim.id}, a ${who}, gets SIGSTOP`);
    victim.pause();
    try {
      await stage.pass(random.between(1.5, 2.5) * ensemble.syncLimitMs);
      await ensemble.leader(ensemble.others([victim]));
      await stage.load.progress('while a server stands still');
    } finally {
      victim.resume();
    }
    stage.tell(`server ${victim.id} goes on`);
    await ensemble.serving();
    await stage.load.progress('after it went on');
  }
}

export const stoppedClock: readonly Scenario[] = [
  {
    name: 'paused-longer-than-sync-limit',
    sentence:
      'The leader, and a follower, gets SIGSTOP for longer than syncLimit: the others go on, and it is one of them again.',
    serverCount: 3,
    needs: 'nothing',
    play: pauses,
  },
];
