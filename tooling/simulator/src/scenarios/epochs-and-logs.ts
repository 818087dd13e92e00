// Bugs of the epoch files and of log files that a crash left unfinished: what may be found at a start, and what must be refused.

import type { ServerId } from '@zebu/protocol';
import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import type { Story } from './story.ts';

export const epochsAndLogs: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-2307',
    'a crash at any write of an epoch file leaves a server that starts',
    {
      voters: 3,
      about: `A crash between the writes of history, acceptedEpoch and currentEpoch, or at the rename of a .tmp file (2354, 4269, 4781), left a
        server that refused to start, or one whose currentEpoch was above its acceptedEpoch.`,
      undoneBy: {
        file: 'packages/txnlog/src/durable-file.ts',
        change: 'rename the file without flushing it',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      for (const file of ['acceptedEpoch', 'currentEpoch', 'directory'] as const) {
        await crashAtEpoch(story, { file, crash: () => story.losePower(A) });
        await crashAtEpoch(story, { file, crash: () => story.losePowerInPart(A) });
        await crashAtEpoch(story, { file, crash: () => story.kill(A) });
      }
    },
  ),

  scenario(
    'ZOOKEEPER-1621',
    'a log file that a crash left without a header is passed over at the end, and only there',
    {
      voters: 3,
      about: `A crash, or a full disk, came between the creation of a log file and its header. The next start failed on it; it must be skipped
        when it is the newest file, and be fatal when others follow, since then something was lost (2332).`,
      undoneBy: {
        file: 'packages/txnlog/src/log/log-loader.ts',
        change: 'throw in dropEmptyTail in place of removing the file',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await twoLogFiles(story, A);
      const header = new Uint8Array([0x5a, 0x4b, 0x4c, 0x47, 0, 0, 0, 2]);
      for (const left of [new Uint8Array(0), header.subarray(0, 3), header, new Uint8Array(4096)]) {
        story.kill(A);
        const beyond = story.diskOf(A).lastLoggedZxid + 1000n;
        await story.findsFile(A, `log.${beyond.toString(16)}`, left, 'leftover');
        story.start(A);
        await story.serves(A);
      }
      story.kill(A);
      const [first, second] = await story.files(A, 'log.');
      story.say(`now an empty file between ${first} and ${second}`);
      const between = `log.${(Number.parseInt((first as string).slice(4), 16) + 1).toString(16)}`;
      await story.findsFile(A, between, new Uint8Array(0), 'damage');
      story.start(A);
      await story.refusesToStart(A, /no log file header/);
      await story.losesFile(A, between);
      story.start(A);
      await story.serves(A);
    },
  ),

  scenario(
    'ZOOKEEPER-2332',
    'power that fails at the first write to a new log file leaves a server that starts',
    {
      voters: 3,
      about: `The file was there, empty or in part; ZooKeeper ended with EOFException at every start until somebody deleted it.`,
      undoneBy: {
        file: 'packages/txnlog/src/log/log-loader.ts',
        change: 'throw in dropEmptyTail in place of removing the file',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      for (let round = 1; round <= 6; round++) {
        story.kill(A);
        story.start(A);
        await story.serves(A);
        const flush = story.holdFlushes(A, 'log');
        await story.write(`t${round}`, { at: C });
        await flush.waits();
        story.losePowerInPart(A);
        flush.release();
        story.start(A);
        await story.serves(A);
      }
    },
  ),

  scenario(
    'ZOOKEEPER-3644',
    'a server with logs and without a snapshot does not start with an empty tree',
    {
      voters: 3,
      about: `With snapshot.trust.empty a server whose snapshots were gone started with an empty tree although its log did not begin at the
        beginning. It then voted with the zxid of that log and led without the data.`,
      undoneBy: {
        file: 'packages/txnlog/src/load-history.ts',
        change: 'take a missing snapshot for the empty tree',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      for (const name of ['t1', 't2', 't3']) await story.write(name, { at: C });
      await story.inStep();
      story.kill(A);
      const snapshots = await story.files(A, 'snapshot.');
      story.expect(snapshots.length > 0, 'A has a snapshot');
      for (const name of snapshots) await story.losesFile(A, name);
      story.start(A);
      await story.refusesToStart(A, /snapshot/);
      story.wipe(A);
      story.start(A);
      await story.serves(A);
    },
  ),

  scenario(
    'ZOOKEEPER-582',
    'a snapshot that is newer than every log is where the history ends',
    {
      voters: 3,
      settings: { commitLogCount: 2, snapCount: 10, snapRetainCount: 2 },
      about: `A server had a snapshot of a later epoch than its newest log. It reckoned its last zxid from the log alone, and went back to old
        data.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'leave installSnapshot out',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      for (const name of ['t1', 't2']) await story.write(name, { at: C });
      await story.inStep();
      story.kill(A, B, C);
      await story.together(C, B);
      for (let n = 1; n <= 80; n++) await story.write(`later${n}`, { at: C });
      const newLeader = story.hold('NEWLEADER', { from: C, to: A });
      story.start(A);
      await newLeader.waits();
      story.expectSent(A, 'SNAP');
      await story.until('A has installed the snapshot', () => story.facts.of(A, 'snapshotInstalled').length > 0);
      const zxid = story.facts.of(A, 'snapshotInstalled')[0]?.zxid;
      story.isolate(A);
      story.losePower(A);
      newLeader.release();
      story.start(A);
      const disk = await story.readsDisk(A);
      story.expect(disk.lastLoggedZxid >= (zxid ?? 0n), 'A claims at least what the snapshot holds');
      story.expect(disk.lastLoggedZxid >> 32n > 1n, 'that is of the later epoch');
      story.mendAll();
      await story.serves(A);
      for (const write of story.acknowledgedWrites().slice(-5)) await story.sees(write, A);
    },
  ),
];

/** A comes into a new epoch and crashes while a flush of this file, or of its directory, is under way; then it must start. */
async function crashAtEpoch(
  story: Story,
  { file, crash }: { readonly file: 'acceptedEpoch' | 'currentEpoch' | 'directory'; readonly crash: () => void },
): Promise<void> {
  const flush = story.holdFlushes(A, file);
  story.kill(B, C);
  story.start(B);
  await flush.waits();
  crash();
  flush.release();
  story.start(A, C);
  await story.until('all serve', () => [A, B, C].every((server) => story.isServing(server)));
  story.expect(story.facts.refusal(A) === undefined, 'A started');
  const { acceptedEpoch, currentEpoch } = story.diskOf(A);
  story.expect(currentEpoch <= acceptedEpoch, `its epochs are in order: ${currentEpoch}, ${acceptedEpoch}`);
}

/** The server has at least two log files with txns in both. */
async function twoLogFiles(story: Story, server: ServerId): Promise<void> {
  for (const round of [1, 2, 3]) {
    await story.write(`first${round}`, { at: C });
    await story.write(`second${round}`, { at: C });
    await story.inStep();
    story.kill(server);
    story.start(server);
    await story.serves(server);
  }
}
