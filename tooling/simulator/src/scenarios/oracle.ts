// Two servers and an oracle (oraclePath): what it may be trusted with, and what is lost when it must not be.

import { loadServerConfig } from '@zebu/config';
import { A, B } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

/** Longer than any limit. */
const LONG_MS = 4000;

const ZOO_CFG = `initLimit=10
syncLimit=5
dataDir=/data
oraclePath=/oracle
server.1=a:2888:3888;2181
server.2=b:2888:3888;2181
`;

/** What a server with such a configuration says at its start. */
const warnings = (): readonly string[] =>
  loadServerConfig('/zoo.cfg', {
    readText: (path) => (path === '/zoo.cfg' ? ZOO_CFG : path === '/data/myid' ? '1' : undefined),
  }).warnings;

export const oracle: readonly Scenario[] = [
  scenario(
    'oracle that tells the truth',
    'one of two servers goes on alone when an oracle lets it, and nothing is lost',
    {
      voters: 2,
      oracle: true,
      about: `QuorumOracleMaj: of two servers the one that is left is no majority. Somebody outside who knows which is left lets it go on alone, and
        takes that back once both are in sync. A server that is in sync is waited for, whatever the oracle says.`,
    },
    async (story) => {
      const { world } = story;
      await story.together(B, A);
      await story.write('t0', { at: B });
      story.kill(A);
      await story.is(B, 'LOOKING');
      await story.passes(LONG_MS);
      story.expect(!story.isServing(B), 'B does nothing alone before it is let');
      world.setOracle(B, true);
      story.say('the oracle lets B go on alone');
      await story.leads(B);
      await story.serves(B);
      await story.write('t1', { at: B });
      story.start(A);
      await story.serves(A, B);
      const held = story.hold('PROPOSAL', { from: B, to: A });
      const write = story.submit('t2', { at: B });
      await held.waits();
      await story.passes(100);
      story.expectPending(write);
      held.release();
      await story.isAcknowledged(write);
      world.setOracle(B, false);
      story.say('the oracle takes that back');
      await story.inStep();
      story.kill(B);
      world.setOracle(A, true);
      story.say('the oracle lets A go on alone');
      await story.leads(A);
      await story.write('t3', { at: A });
      story.start(B);
      await story.serves(A, B);
      world.setOracle(A, false);
      await story.write('t4', { at: B });
    },
  ),

  scenario(
    'oracle that lets a leader go on without an election',
    'what waited for the other server is committed when the oracle says that it is gone',
    {
      voters: 2,
      oracle: true,
      about: `QuorumOracleMaj, revalidateOutstandingProp: a leader that is let go on alone before it noticed that it lost its follower leads on.`,
    },
    async (story) => {
      await story.together(B, A);
      await story.write('t0', { at: B });
      story.world.setOracle(B, true);
      const held = story.hold('PROPOSAL', { from: B, to: A });
      const write = story.submit('t1', { at: B });
      await held.waits();
      await story.passes(50);
      story.expectPending(write);
      const ends = story.never(
        'B looks for a leader',
        (event) => event.type === 'role' && event.state === 'LOOKING' && event.server === B,
      );
      story.kill(A);
      await story.isAcknowledged(write);
      ends();
      held.release();
      story.start(A);
      await story.serves(A, B);
      story.world.setOracle(B, false);
    },
  ),

  scenario(
    'oracle that lies',
    'what one server acknowledged alone is lost when the oracle lets the other one go on without it, and the server has warned of that',
    {
      voters: 2,
      oracle: true,
      breaks: ['agreement', 'primary-integrity'],
      about: `With an oracle safety rests on the oracle. B goes on alone and acknowledges t1; it is gone, and A, which never heard of t1, is let go on alone
        too. No server can know better: this is what the warning at the start is about.`,
    },
    async (story) => {
      const { world } = story;
      const said = warnings().some((warning) => warning.startsWith('with oraclePath safety rests on the oracle'));
      story.expect(said, 'a server that has an oracle warns of it when it starts');
      await story.together(B, A);
      await story.write('t0', { at: B });
      await story.inStep();
      story.kill(A);
      world.setOracle(B, true);
      await story.leads(B);
      const lost = await story.write('t1', { at: B });
      story.kill(B);
      world.setOracle(A, true);
      story.say('the oracle lets A go on alone, which lacks t1');
      story.start(A);
      await story.leads(A);
      await story.write('t2', { at: A });
      await story.seesNot(lost, A);
    },
  ),
];
