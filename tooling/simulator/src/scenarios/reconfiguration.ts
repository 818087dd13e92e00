// The ensemble changes: who joins takes part, whoever leads then commits, and never are two configurations active at once.

import { formatServers, type ServerId } from '@zebu/protocol';
import { specification } from '../world/addresses.ts';
import { A, B, C, D, E } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import type { Story } from './story.ts';

/** What stands for a server in a reconfig. */
const lineOf = (id: ServerId): string => {
  const server = specification(id, 'participant');
  return formatServers({ version: 0n, servers: new Map([[id, server]]) }).trim();
};

/** A, B and C are to be C, D and E: old and new have one server in common, and majorities that have none. */
const CHANGE = { joining: [lineOf(D), lineOf(E)], leaving: [A, B] };

async function withNewcomers(story: Story): Promise<void> {
  await story.together(C, A, B);
  await story.write('t0', { at: C });
  story.start(D, E);
  await story.serves(D, E);
}

/** Longer than any limit. */
const LONG_MS = 4000;

const leadsOn =
  (...servers: ServerId[]) =>
  (event: Parameters<Parameters<Story['never']>[1]>[0]): boolean =>
    event.type === 'role' && event.state === 'LEADING' && event.serving && servers.includes(event.server);

export const reconfiguration: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-3829',
    'a fourth server is added, and the ensemble commits whichever server is restarted then',
    {
      voters: 3,
      reconfiguration: { spareCount: 1, standaloneEnabled: true },
      about: `After a fourth server was added, who led could not commit: followers did not connect to it, or were counted by another
        configuration (3814, 3842). D joins from an empty disk, is added by a reconfig, and each server is restarted in turn.`,
      undoneBy: {
        file: 'packages/peer/src/membership-keeper.ts',
        change:
          'take the configuration of the files for the one in force at a start, whatever the log says, and write none',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      story.start(D);
      await story.serves(D);
      await story.reconfigures({ joining: [lineOf(D)] }, 'add D', { at: C });
      await story.serves(A, B, C, D);
      for (const server of [A, B, C, D]) {
        story.kill(server);
        await story.until('somebody leads', () => {
          const leader = story.world.leader();
          return leader !== undefined && leader !== server && story.isServing(leader);
        });
        await story.write(`without${server}`, { at: story.world.leader() as ServerId });
        story.start(server);
        await story.serves(A, B, C, D);
        await story.write(`with${server}`, { at: server });
      }
    },
  ),

  scenario(
    'ZOOKEEPER-3830',
    'a server that was added leads, and commits',
    {
      voters: 3,
      reconfiguration: { spareCount: 1, standaloneEnabled: true },
      about: `Once the server that had been added led, nothing was committed any more: it counted with what it knew before it had a vote. D is added,
        wins the election when C is gone, and commits with A alone beside it as long as B is gone too, when C is back.`,
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      story.start(D);
      await story.serves(D);
      await story.reconfigures({ joining: [lineOf(D)] }, 'add D', { at: A });
      await story.serves(A, B, C, D);
      await story.inStep();
      story.kill(C);
      await story.leads(D);
      await story.write('t1', { at: D });
      story.start(C);
      await story.serves(C);
      story.kill(B);
      await story.write('t2', { at: D });
      story.kill(A);
      await story.leave(D, C);
      const write = story.submit('t3', { at: D });
      await story.passes(LONG_MS);
      story.expect(write.status !== 'acknowledged', 'two of four commit nothing');
    },
  ),

  scenario(
    'reconfig that a quorum of the new servers alone has',
    'the old servers go on without it, and the new ones do nothing',
    {
      voters: 3,
      reconfiguration: { spareCount: 2, standaloneEnabled: true },
      about: `Shraer et al.: while a configuration is not committed, nothing counts but a quorum of each. C, D and E have logged that they are the
        ensemble, and A and B, the quorum of before, never heard of it.`,
      undoneBy: {
        file: 'packages/quorum/src/joint-verifier.ts',
        change: 'ask for a quorum of the new configuration alone',
      },
    },
    async (story) => {
      await withNewcomers(story);
      const held = [A, B].map((to) => story.hold('PROPOSAL', { from: C, to }));
      const change = story.submitReconfig(CHANGE, 'C, D and E in place of A, B and C', { at: C });
      for (const each of held) await each.waits();
      await story.logsReconfig(C, D, E);
      await story.passes(200);
      story.expectEqual(change.status, 'pending', 'what became of the change');
      for (const server of [A, B]) story.cut(server, C, D, E);
      const ends = story.never('C, D or E leads', leadsOn(C, D, E));
      for (const each of held) await each.isLost();
      await story.leads(B);
      await story.write('t1', { at: B });
      await story.passes(LONG_MS);
      ends();
      story.expectEqual(change.status, 'unknown', 'what became of the change');
      story.mendAll();
      await story.serves(A, B, C);
      await story.write('t2', { at: A });
    },
  ),

  scenario(
    'reconfig that is committed and one of the old servers has',
    'the new servers go on, and the old ones do nothing',
    {
      voters: 3,
      reconfiguration: { spareCount: 2, standaloneEnabled: true },
      about: `Shraer et al.: from the commit of a configuration on, whoever may be active has it. A holds it in its log and may not know that it is
        committed; B never heard of it. Together they are a quorum of before.`,
      undoneBy: {
        file: 'packages/quorum/src/joint-verifier.ts',
        change: 'ask for a quorum of the old configuration alone',
      },
    },
    async (story) => {
      await withNewcomers(story);
      const held = story.hold('PROPOSAL', { from: C, to: B });
      const commit = story.hold('COMMITANDACTIVATE', { from: C, to: A });
      await story.reconfigures(CHANGE, 'C, D and E in place of A, B and C', { at: C });
      await held.waits();
      await commit.waits();
      for (const server of [A, B]) story.cut(server, C, D, E);
      const ends = story.never('A or B leads', leadsOn(A, B));
      await held.isLost();
      await commit.isLost();
      await story.write('t1', { at: C });
      story.losePower(A, B);
      story.start(A, B);
      await story.passes(LONG_MS);
      ends();
      await story.write('t2', { at: D });
    },
  ),

  scenario(
    'history that only new voters have',
    'a server that votes by a reconfig that is not committed yet leads, when no voter of before can',
    {
      voters: 3,
      reconfiguration: { spareCount: 2, standaloneEnabled: true },
      about: `All have logged that C, D and E are the ensemble, and nobody knows that it is committed. D and E have one more txn when power fails
        everywhere. Each quorum of the new three has one of them, and counts for no leader whose history is below; so A, B and C cannot lead.`,
      undoneBy: {
        file: 'packages/quorum/src/joint-verifier.ts',
        change: 'give a weight to voters of the configuration in force alone',
      },
    },
    async (story) => {
      await withNewcomers(story);
      for (const from of [A, B, D, E]) story.hold('ACK', { from, to: C });
      story.submitReconfig(CHANGE, 'C, D and E in place of A, B and C', { at: C });
      await story.logsReconfig(A, B, C, D, E);
      await story.passes(100);
      for (const to of [A, B]) story.hold('PROPOSAL', { from: C, to });
      story.holdFlushes(C, 'log');
      const t1 = await story.propose('t1', { at: C });
      await story.isFlushed(t1, D, E);
      story.losePower(A, B, C, D, E);
      story.releaseAll();
      story.start(A, B, C, D, E);
      await story.until('D or E leads', () => story.world.leader() === D || story.world.leader() === E);
      await story.serves(A, B, C, D, E);
      await story.sees(t1, C, D, E);
    },
  ),

  scenario(
    'configuration files of before',
    'files that are old when servers come back cost nothing: their logs know the ensemble',
    {
      voters: 3,
      reconfiguration: { spareCount: 2, standaloneEnabled: true },
      about: `ZooKeeper reads its files alone, and two of three servers that come back with those of before a change would be an ensemble of their own.
        A and B, which the change left out, and C come back with files in which they are all there is.`,
      undoneBy: {
        file: 'packages/peer/src/membership-keeper.ts',
        change: 'take the configuration of the files for the one in force at a start, whatever the log says',
      },
    },
    async (story) => {
      await withNewcomers(story);
      await story.reconfigures(CHANGE, 'C, D and E in place of A, B and C', { at: C });
      await story.serves(C, D, E);
      await story.write('t1', { at: D });
      await story.inStep();
      story.losePower(A, B, C, D, E);
      for (const server of [A, B, C])
        await story.call('an old configuration is put back', story.world.configure(server, story.world.ensemble));
      const ends = story.never('A or B leads', leadsOn(A, B));
      story.start(A, B, C);
      await story.passes(LONG_MS);
      ends();
      story.expect(story.world.leader() === undefined, 'one of the three that the ensemble is leads nobody');
      story.start(D);
      await story.until('D or C leads', () => story.world.leader() === D || story.world.leader() === C);
      await story.serves(C, D);
      await story.write('t2', { at: C });
    },
  ),

  scenario(
    'promise without a vote',
    'a server without a vote follows below what it promised, and is counted above it alone',
    {
      voters: 3,
      reconfiguration: { spareCount: 1, standaloneEnabled: true },
      about: `D has promised itself to a leader of epoch 64 that came to nothing, and has no vote. It follows C, which leads a lower epoch, since
        nobody counts it. When a reconfig gives it a vote, C must make way: in its epoch an ACK of D would break what D promised.`,
      undoneBy: {
        file: 'packages/leader/src/broadcast.ts',
        change: 'do not make way for the promises of those who get a vote',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      story.start(D);
      await story.serves(D);
      story.kill(D);
      await story.losesFile(D, 'acceptedEpoch');
      await story.findsFile(D, 'acceptedEpoch', new TextEncoder().encode('64'), 'leftover');
      story.start(D);
      await story.serves(D);
      story.expect((story.world.view(C)?.epoch ?? 0) < 64, 'C leads below what D promised');
      const t1 = await story.write('t1', { at: C });
      await story.isFlushed(t1, D);
      const change = story.submitReconfig({ joining: [lineOf(D)] }, 'add D', { at: A });
      await story.until('the epoch is above what D promised', () => (story.world.view(D)?.epoch ?? 0) > 64);
      await story.until('the change is answered', () => change.status !== 'pending');
      if (change.status !== 'made') await story.reconfigures({ joining: [lineOf(D)] }, 'add D again', { at: A });
      await story.serves(A, B, C, D);
      story.kill(A);
      const t2 = await story.write('t2', { at: B });
      await story.isFlushed(t2, D);
    },
  ),
];
