// What our own fault injection showed on Apache ZooKeeper 3.8.0: power failures, and syncs that are no barrier.

import { A, B, C, letterOf } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

export const powerLoss: readonly Scenario[] = [
  scenario(
    'power loss after a restart',
    'what a start has read is on disk before it is voted with',
    {
      voters: 3,
      about: `kill -9 of all leaves a txn in one server's log that was written and not flushed. It reads it back, wins, and hands it to the
        others; a new log file begins, and the old one is never flushed. Then power fails: it comes back without that txn and with later
        ones, claims the newest zxid, and is never repaired.`,
      undoneBy: {
        file: 'packages/txnlog/src/log/log-loader.ts',
        change: 'open the log without syncing what was read, and without writing its last round anew',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      const proposals = story.hold('PROPOSAL', { from: C });
      const flush = story.holdFlushes(C, 'log');
      const x = await story.propose('x', { at: C });
      await flush.waits();
      await proposals.waits();
      story.kill(A, B, C);
      proposals.release();
      flush.release();
      story.start(A, B, C);
      await story.leads(C);
      story.expectEqual(story.diskOf(C).lastLoggedZxid, x.zxid, 'the zxid that C voted with');
      await story.serves(A, B, C);
      await story.sees(x, A, B, C);
      const t1 = await story.write('t1', { at: C });
      await story.isFlushed(t1, C);
      story.say('power fails at C alone');
      story.losePower(C);
      story.start(C);
      await story.readsDisk(C);
      story.expect(story.logs(C, x), 'x is on the disk of C');
      await story.until('all serve', () => [A, B, C].every((server) => story.isServing(server)));
      await story.sees(x, A, B, C);
      await story.sees(t1, A, B, C);
    },
  ),

  scenario(
    'power loss soon after the first start',
    'a server whose power fails soon after its first start starts again',
    {
      voters: 3,
      about: `The first snapshot was not flushed and the log was: "No snapshot found, but there are log entries". Later snapshots were not
        flushed either, and were found with 0 bytes.`,
      undoneBy: {
        file: 'packages/txnlog/src/snapshot/snapshot-writer.ts',
        change: 'rename a snapshot into place without flushing it',
      },
      moments: [0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192],
    },
    async (story, afterMs) => {
      story.start(A, B, C);
      await story.passes(afterMs);
      story.losePower(A, B, C);
      story.start(A, B, C);
      await story.until('all serve', () => [A, B, C].every((server) => story.isServing(server)));
      for (const server of [A, B, C])
        story.expect(story.facts.refusal(server) === undefined, `${letterOf(server)} started`);
      await story.write('t1', { at: story.world.leader() ?? C });
    },
  ),

  scenario(
    'sync is no barrier, small',
    'sync and read at the leader see what a follower has acknowledged',
    {
      voters: 3,
      settings: { appliedAtOnceCount: 0 },
      about: `A write acknowledged through a follower was not yet seen by sync and read on the leader, about once in ten thousand: sync on the
        leader did not wait for its own apply queue. Here whatever is committed is applied late.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const writer = story.client({ name: 'writer', servers: [A] });
      const reader = story.client({ name: 'reader', servers: [C] });
      await story.call('/x is created', writer.create('/x', '0'));
      await story.call('the reader is connected', reader.connected());
      for (let n = 1; n <= 40; n++) {
        await story.call(`/x becomes ${n}`, writer.setData('/x', String(n)));
        const sync = reader.sync('/');
        const read = reader.getData('/x');
        const [, { data }] = await story.call('sync and read', Promise.all([sync, read]));
        const found = Number(new TextDecoder().decode(data ?? undefined));
        story.expect(found === n, `the reader sees ${found}`);
      }
    },
  ),

  scenario(
    'sync is no barrier, large',
    'a leader that was replaced while it was stopped answers no sync with what is stale',
    {
      voters: 3,
      about: `A leader that went on after SIGSTOP answered sync and read with what was 3.3 s old, while its successor was committing: sync is
        no quorum operation in ZooKeeper (ZOOKEEPER-1675, 3600).`,
      undoneBy: {
        file: 'packages/leader/src/sync-barrier.ts',
        change: 'confirm a sync at once',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const reader = story.client({ name: 'reader', servers: [C], sessionTimeoutMs: 4000 });
      const writer = story.client({ name: 'writer', servers: [C] });
      await story.call('/x is created', writer.create('/x', 'old'));
      await story.call('the reader is connected', reader.connected());
      await story.inStep();
      story.pause(C);
      await story.until('B leads', () => story.world.view(B)?.state === 'LEADING' && story.isServing(B));
      const successor = story.client({ name: 'successor', servers: [B] });
      await story.call('/x becomes new', successor.setData('/x', 'new'));
      const sync = reader.sync('/');
      const read = reader.getData('/x');
      const ended = Promise.allSettled([sync, read]);
      story.resume(C);
      const [synced, found] = await story.call('sync and read end', ended);
      if (synced.status === 'fulfilled' && found.status === 'fulfilled') {
        const data = new TextDecoder().decode(found.value.data ?? undefined);
        story.expectEqual(data, 'new', 'what was read after a sync');
      } else {
        story.say('the stopped leader answered neither');
      }
      await story.is(C, 'FOLLOWING');
    },
  ),

  scenario(
    'flipped bit in a log tail',
    'a damaged log is not voted with, and two healthy servers restore it',
    {
      voters: 3,
      about: `One flipped bit in the last record of a log made the server exit until somebody wiped it, although two healthy servers held
        everything. Here it is started as one that is alone: it refuses such a log, names the file and says what to do. What must never
        happen is that it votes with what is left. How it heals in an ensemble is told in 'damage heals'.`,
      undoneBy: {
        file: 'packages/txnlog/src/log/tail-damage.ts',
        change: 'take any damage at the end for a torn write',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      const t1 = await story.write('t1', { at: C }, 'a value of some length, so that there is something to be damaged');
      await story.inStep();
      await story.isFlushed(t1, A);
      story.kill(A);
      const newest = (await story.files(A, 'log.')).at(-1) as string;
      await story.flipsBit(A, newest, 'a value of some length');
      story.start(A);
      await story.refusesToStart(A, new RegExp(newest));
      story.say('the operator moves the directory away');
      story.wipe(A);
      story.start(A);
      await story.serves(A);
      await story.sees(t1, A);
    },
  ),
];
