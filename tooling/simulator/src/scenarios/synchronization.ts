// Bugs in how a learner is brought to its leader's history, and in what it keeps when that is broken off.

import { CreateMode } from '@zebu/client';
import type { Zxid } from '@zebu/protocol';
import { A, B, C, D, E, letterOf } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import { type Story, zxidOf } from './story.ts';

export const synchronization: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-4925',
    'a server that was synced by DIFF hands the whole of it on',
    {
      voters: 5,
      settings: { commitLogCount: 100 },
      about: `What came by DIFF was applied past the window of committed txns in memory. When that server led, it synced others from a
        window with a hole, and they never got what was in it.`,
      undoneBy: {
        file: 'packages/peer/src/learning-role.ts',
        change: 'leave what is delivered before this server serves out of the committed log',
      },
    },
    async (story) => {
      await story.together(E, A, B, C, D);
      await story.write('t0', { at: E });
      await story.inStep();
      story.isolate(A);
      for (const name of ['foo1', 'foo2', 'foo3']) await story.write(name, { at: E });
      story.isolate(D);
      for (const name of ['bar1', 'bar2', 'bar3']) await story.write(name, { at: E });
      await story.is(D, 'LOOKING');
      story.say('D comes back, and is synced with its memory as it was');
      story.mend(D, B, C, E);
      await story.isSynced(D, 'DIFF');
      await story.serves(D);
      story.kill(E);
      await story.leads(D);
      await story.is(A, 'LOOKING');
      story.mendAll();
      await story.isSynced(A, 'DIFF');
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
    },
  ),

  scenario(
    'ZOOKEEPER-4882',
    'a txn that a failing disk did not take is not kept in memory alone',
    {
      voters: 3,
      about: `A server's disk refused a txn; COMMIT put it into that server's memory all the same. It rejoined with the memory it had, logged
        later txns behind the hole, and lost the txn with its next restart.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'answer a flush that failed as if it had been done, and do not cut back',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      const since = story.facts.count;
      story.failsNext(B, 'write');
      const t1 = await story.write('t1', { at: C });
      await story.until('B cuts its log back', () => story.facts.of(B, 'cutBack', since).length > 0);
      await story.looksAnew(B, since);
      await story.serves(B);
      story.expect(story.facts.of(B, 'ended', since).length === 0, 'the process of B went on');
      const t2 = await story.write('t2', { at: C });
      await story.isFlushed(t2, B);
      story.expect(story.logs(B, t1), 't1 is in the log of B, ahead of t2');
      story.losePower(B);
      story.kill(C);
      story.start(B);
      await story.leads(B);
      await story.sees(t1, B);
      await story.sees(t2, B);
    },
  ),

  scenario(
    'ZOOKEEPER-5094',
    'a TRUNC that is broken off before NEWLEADER is on disk, not in memory alone',
    {
      voters: 3,
      about: `TRUNC changed the learner's memory, to be made good by a snapshot at NEWLEADER. The link broke before that; the memory was
        kept, the next sync began from it, and the log went on behind txns that should have been cut off.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'answer truncate without cutting the log',
      },
    },
    async (story) => {
      const x = await abandonedOnC(story);
      const newLeader = story.hold('NEWLEADER', { from: B, to: C });
      story.mendAll();
      await newLeader.waits();
      story.expectSent(C, 'TRUNC');
      await story.until('C has cut its log', () => !story.logs(C, x));
      story.say('the link between B and C breaks before NEWLEADER');
      story.world.resetLink(B, C);
      await newLeader.isLost();
      newLeader.release();
      await story.isSynced(C, 'DIFF');
      await story.serves(C);
      const t3 = await story.write('t3', { at: B });
      await story.isFlushed(t3, C);
      story.expect(!story.logs(C, x), 'x is not in the log of C');
      story.losePower(C);
      story.start(C);
      await story.serves(C);
      await story.seesNot(x, C);
    },
  ),

  scenario(
    'ZOOKEEPER-3642',
    'a snapshot that was received is on disk before anything is built on it',
    {
      voters: 3,
      settings: { commitLogCount: 2 },
      about: `A learner had a leader's snapshot in memory when that leader died before NEWLEADER, so it was never written. A new leader sent
        what came later by DIFF; after a restart everything up to the snapshot was gone.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'leave installSnapshot out',
      },
    },
    async (story) => {
      await story.together(C, B);
      for (let n = 1; n <= 5; n++) await story.write(`t${n}`, { at: C });
      await story.inStep();
      const newLeader = story.hold('NEWLEADER', { from: C, to: A });
      story.start(A);
      await newLeader.waits();
      story.expectSent(A, 'SNAP');
      await story.until('A has installed the snapshot', () => story.facts.of(A, 'snapshotInstalled').length > 0);
      story.losePower(C);
      await newLeader.isLost();
      newLeader.release();
      await story.leads(B);
      await story.isSynced(A, 'DIFF');
      await story.serves(A);
      const t6 = await story.write('t6', { at: B });
      await story.isFlushed(t6, A);
      story.losePower(A);
      story.losePower(B);
      story.start(A, B);
      await story.leads(B);
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
    },
  ),

  scenario(
    'ZOOKEEPER-3104',
    'a snapshot holds what its zxid says, whatever is written while it is sent',
    {
      voters: 3,
      settings: { commitLogCount: 2 },
      about: `NEWLEADER was queued before the fuzzy SNAP was cut, so that the snapshot's zxid was beyond the txns queued behind it. The
        follower saved it, crashed, and claimed a zxid of which it held a part.`,
    },
    async (story) => {
      await story.together(C, B);
      for (let n = 1; n <= 12; n++) await story.write(`large${n}`, { at: C }, `large${n} `.repeat(8000));
      await story.inStep();
      story.say('what C sends to A takes 20 ms a piece');
      story.world.setLinkDelay(C, A, [20, 20]);
      const snap = story.hold('SNAP', { from: C, to: A });
      story.start(A);
      await snap.waits();
      const snapshotZxid = story.facts.packetsFrom(C, ['SNAP']).at(-1)?.zxid as Zxid;
      snap.release();
      const after = [];
      for (let n = 1; n <= 5; n++) after.push(await story.write(`during${n}`, { at: C }));
      story.expect(
        story.facts.of(A, 'snapshotInstalled').length === 0,
        'all of that was committed while the snapshot was on its way',
      );
      const newLeader = story.hold('NEWLEADER', { from: C, to: A });
      await newLeader.waits();
      await story.until('A has installed the snapshot', () => story.facts.of(A, 'snapshotInstalled').length > 0);
      story.expectEqual(story.facts.of(A, 'snapshotInstalled')[0]?.zxid, snapshotZxid, 'the zxid of the snapshot');
      story.expect(
        after.every((write) => zxidOf(write) > snapshotZxid),
        'what was written meanwhile is behind it',
      );
      story.losePower(A);
      newLeader.release();
      story.start(A);
      const { lastLoggedZxid } = await story.readsDisk(A);
      story.expect(lastLoggedZxid >= snapshotZxid, 'the disk of A says that it holds the snapshot');
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
      story.expectEqual(story.facts.differences, [], 'where trees of one zxid differ');
    },
  ),

  scenario(
    'ZOOKEEPER-2845',
    'a leader that lost its ensemble gives up what it alone had logged',
    {
      voters: 3,
      about: `A leader, partitioned with a txn that it alone had logged, kept its memory over the election and joined without TRUNC, because
        the zxid of its memory looked in step. After its next restart the txn came back out of its log.`,
      undoneBy: {
        file: 'packages/leader/src/synchronizer.ts',
        change: "never send TRUNC: begin at the learner's own zxid",
      },
    },
    async (story) => {
      const x = await abandonedOnC(story);
      story.mendAll();
      await story.isSynced(C, 'TRUNC');
      await story.serves(C);
      await story.seesNot(x, C);
      story.losePower(C);
      story.start(C);
      await story.serves(C);
      story.expect(!story.logs(C, x), 'x did not come back out of the log of C');
      await story.seesNot(x, C);
    },
  ),

  scenario(
    'ZOOKEEPER-2832',
    'a txn that an earlier leader logged alone does not come back behind a later history',
    {
      voters: 3,
      about: `Epoch 1 ends at t0 everywhere. In epoch 2 B, which leads A, logs x alone. In epoch 3 A leads C and nothing is written. In epoch
        4 C leads B. B kept x in its log behind the snapshot that it was sent, and after a restart replayed it into the history.`,
      undoneBy: {
        file: 'packages/leader/src/synchronizer.ts',
        change: "never send TRUNC: begin at the learner's own zxid",
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.say('epoch 2: B leads A, and logs x alone');
      story.kill(C);
      await story.leads(B);
      await story.serves(A);
      const proposal = story.hold('PROPOSAL', { from: B });
      const x = await story.propose('x', { at: B });
      await story.isFlushed(x, B);
      await proposal.waits();
      story.losePower(A, B);
      proposal.release();
      story.say('epoch 3: A leads C, and nothing is written');
      await story.together(A, C);
      story.losePower(A, C);
      story.say('epoch 4: C leads B');
      story.start(C, B);
      await story.leads(C);
      await story.isSynced(B, 'TRUNC');
      await story.serves(B);
      const t4 = await story.write('t4', { at: C });
      await story.isFlushed(t4, B);
      story.losePower(B);
      story.start(B);
      await story.serves(B);
      story.expect(!story.logs(B, x), 'B did not replay x');
      await story.seesNot(x, B);
      await story.sees(t4, B);
    },
  ),

  scenario(
    'ZOOKEEPER-2846',
    'a log that begins behind a received snapshot syncs nobody who is behind that',
    {
      voters: 5,
      settings: { commitLogCount: 2 },
      about: `A leader whose log had a hole, covered by a snapshot that it once received, synced a follower from its log files: what was in
        the hole was never sent.`,
    },
    async (story) => {
      await story.together(E, A, B, C, D);
      const t1 = await story.write('t1', { at: E });
      await story.inStep();
      story.kill(A, D);
      story.wipe(D);
      for (let n = 2; n <= 6; n++) await story.write(`t${n}`, { at: E });
      story.start(D);
      await story.isSynced(D, 'SNAP');
      await story.serves(D);
      for (let n = 7; n <= 10; n++) await story.write(`t${n}`, { at: E });
      await story.inStep();
      story.expect(!story.logs(D, t1), 'the log of D begins behind t1');
      story.kill(E);
      await story.leads(D);
      story.start(A);
      await story.isSynced(A, 'SNAP');
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
    },
  ),

  scenario(
    'ZOOKEEPER-1154',
    'a server that comes back with a txn of its own is cut back, though its zxid lies within the window',
    {
      voters: 3,
      about: `The server with the highest zxid, uncommitted, was absent at the election, and a new epoch committed more. It came back with a
        zxid between the first and the last committed one and got a DIFF in place of a TRUNC.`,
      undoneBy: {
        file: 'packages/leader/src/synchronizer.ts',
        change: "never send TRUNC: begin at the learner's own zxid",
      },
    },
    async (story) => {
      const x = await loggedOnCAlone(story);
      story.kill(C);
      await story.leads(B);
      for (const name of ['t1', 't2', 't3']) await story.write(name, { at: B });
      story.mendAll();
      story.start(C);
      await story.isSynced(C, 'TRUNC');
      await story.serves(C);
      story.expect(!story.logs(C, x), 'x is gone from the log of C');
      await story.seesNot(x, C);
    },
  ),

  scenario(
    'ZOOKEEPER-1156',
    'TRUNC cuts exactly what is too much',
    {
      voters: 3,
      about: `TRUNC reckoned the position to cut at wrongly, and took good txns along with the bad ones.`,
    },
    async (story) => {
      await story.together(C, A, B);
      for (const name of ['t1', 't2', 't3']) await story.write(name, { at: C });
      await story.inStep();
      const last = story.acknowledgedWrites().at(-1);
      if (last === undefined) throw new Error('three writes leave a last one');
      const proposals = story.hold('PROPOSAL', { from: C });
      const x1 = await story.propose('x1', { at: C });
      const more = [story.submit('x2', { at: C }), story.submit('x3', { at: C })];
      await story.until(
        'C has logged three more',
        () => story.facts.log(C).filter((zxid) => zxid > zxidOf(last)).length === 3,
      );
      story.expect(
        more.every(({ status }) => status === 'pending') && x1.status === 'pending',
        'nobody was told of any of them',
      );
      await proposals.waits();
      await story.isFlushed(x1, C);
      story.isolate(C);
      await story.leave(C, A, B);
      proposals.release();
      await story.leads(B);
      await story.write('t4', { at: B });
      const newLeader = story.hold('NEWLEADER', { from: B, to: C });
      story.mendAll();
      await newLeader.waits();
      await story.until('C has cut its log', () => story.facts.of(C, 'truncated').some(({ done }) => done));
      story.say('power fails at C right then');
      story.losePower(C);
      story.isolate(C);
      newLeader.release();
      story.start(C);
      const { lastLoggedZxid } = await story.readsDisk(C);
      story.expect(lastLoggedZxid >= zxidOf(last), 'C kept everything that was good');
      story.expect(!story.logs(C, x1), 'C kept nothing that was not');
    },
  ),

  scenario(
    'ZOOKEEPER-3526',
    'a server that was alone for a while cuts nothing out of others',
    {
      voters: 3,
      about: `A server that had run read-only, by itself, began its window of committed txns with a zxid of its own, so that the window ended
        before it began; the next sync sent a wrong TRUNC. Zebu is without a quorum as any server is; it cannot serve then, so this is that
        time without the reads.`,
    },
    async (story) => {
      await story.together(C, A, B);
      for (const name of ['t1', 't2', 't3']) await story.write(name, { at: C });
      await story.inStep();
      story.kill(A, B);
      await story.is(C, 'LOOKING');
      await story.passes(2000);
      const since = story.facts.count;
      story.start(A, B);
      await story.leads(C);
      await story.serves(A, B);
      story.expectEqual(story.facts.packetsTo(A, ['TRUNC'], since), [], 'the TRUNCs to A');
      story.expectEqual(story.facts.packetsTo(B, ['TRUNC'], since), [], 'the TRUNCs to B');
      for (const write of story.acknowledgedWrites()) await story.sees(write, A, B, C);
    },
  ),

  scenario(
    'ZOOKEEPER-4352',
    'a server that joins a restarted leader gets the whole history, not the tail of it',
    {
      voters: 3,
      about: `The ensemble grew from one to three, with an election in between. The leader's window of committed txns said that it began at 0,
        so that a new server was sent that window alone and missed all that was before.`,
      undoneBy: {
        file: 'packages/leader/src/synchronizer.ts',
        change: 'send a learner at zxid 0 what is in the window by DIFF',
      },
    },
    async (story) => {
      await story.together(C, B);
      for (const name of ['t1', 't2', 't3']) await story.write(name, { at: C });
      await story.inStep();
      story.kill(B, C);
      await story.together(C, B);
      await story.write('t4', { at: C });
      story.say('A starts for the first time');
      story.start(A);
      await story.isSynced(A, 'SNAP');
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
    },
  ),

  scenario(
    'ZOOKEEPER-2355',
    'a DIFF that breaks off leaves the learner where it was, and no ephemeral lives for ever',
    {
      voters: 3,
      settings: { localSessions: false },
      about: `On DIFF the learner took over the leader's zxid before it had read the packets that lead there. Reading the first failed; it
        came back "in sync", never saw the closeSession, and kept the session's ephemeral znode for ever.`,
      undoneBy: {
        file: 'packages/learner/src/synchronization.ts',
        change: 'take over a zxid of the leader on DIFF, before anything of it has come',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const owner = story.client({ name: 'owner', servers: [C] });
      await story.call('the owner creates /e', owner.create('/e', 'mine', { mode: CreateMode.EPHEMERAL }));
      await story.inStep();
      story.expectEqual(await story.read('e', { at: A }), 'mine', 'what A has of it');
      story.isolate(A);
      await story.is(A, 'LOOKING');
      await story.call('the owner closes its session', owner.close());
      const before = story.diskOf(A).lastLoggedZxid;
      const proposals = story.hold('PROPOSAL', { from: C, to: A });
      const since = story.facts.count;
      story.mendAll();
      await proposals.waits();
      await story.until('DIFF reaches A', () => story.facts.packetsTo(A, ['DIFF'], since).length === 1);
      story.say('the link from C to A breaks behind DIFF');
      story.world.resetLink(A, C);
      await proposals.isLost();
      proposals.release();
      await story.serves(A);
      const claims = story.facts.packetsFrom(A, ['ACKEPOCH'], since).map(({ zxid }) => zxid);
      story.expectEqual(claims, [before, before], 'what A said that it had, both times');
      await story.inStep();
      story.expectEqual(await story.read('e', { at: A }), undefined, 'what A has of /e');
    },
  ),

  scenario(
    'ZOOKEEPER-5010',
    'an ephemeral that its leader never committed stays on no server',
    {
      voters: 5,
      settings: { localSessions: false },
      about: `The leader crashed amid the proposal of an ephemeral znode. The next leader synced the others by DIFF, and some followers kept
        the znode although the history has not got it.`,
    },
    async (story) => {
      await story.together(E, A, B, C, D);
      const owner = story.client({ name: 'owner', servers: [E] });
      await story.call('the owner has a session', owner.connected());
      await story.inStep();
      const proposals = [A, B, C].map((to) => story.hold('PROPOSAL', { from: E, to }));
      const since = story.facts.count;
      const creation = owner.create('/e', 'mine', { mode: CreateMode.EPHEMERAL });
      creation.catch(() => undefined);
      await story.until('D has logged /e', () => story.facts.of(D, 'appended', since).length > 0);
      story.kill(E);
      story.isolate(D);
      await story.leave(E, A, B, C);
      for (const held of proposals) held.release();
      await story.leads(C);
      await story.write('t1', { at: C });
      story.say('D and E come back');
      await story.is(D, 'LOOKING');
      story.mendAll();
      story.start(E);
      await story.isSynced(D, 'TRUNC');
      await story.isSynced(E, 'TRUNC');
      await story.serves(A, B, C, D, E);
      await story.inStep();
      for (const at of [A, B, C, D, E])
        story.expectEqual(await story.read('e', { at }), undefined, `what ${letterOf(at)} has of /e`);
      owner.detach();
    },
  ),

  scenario(
    'startup gap',
    'a server whose log has a hole does not start',
    {
      voters: 3,
      about: `A log file in the middle was lost. ZooKeeper loads the snapshot and the later files without complaint, and serves and votes with
        a history that has a hole (dev@ list). Zebu must refuse, and get everything anew once it is told to begin from nothing.`,
      undoneBy: {
        file: 'packages/txnlog/src/log/joins.ts',
        change: 'let a file join whatever comes before it',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      for (const round of [1, 2, 3]) {
        await story.write(`first${round}`, { at: C });
        await story.write(`second${round}`, { at: C });
        await story.inStep();
        story.kill(A);
        story.start(A);
        await story.serves(A);
      }
      await story.write('last', { at: C });
      await story.inStep();
      story.kill(A);
      const logs = await story.files(A, 'log.');
      story.expect(logs.length >= 3, `A has at least three log files: ${logs.join(' ')}`);
      await story.losesFile(A, logs[1] as string);
      story.start(A);
      await story.refusesToStart(A, /gap|missing|follow/i);
      story.say('the operator moves what A has away');
      story.wipe(A);
      story.start(A);
      await story.serves(A);
      for (const write of story.acknowledgedWrites()) await story.sees(write, A);
    },
  ),
];

/** C leads, and has logged x alone. Nobody was told of x. */
async function loggedOnCAlone(story: Story) {
  await story.together(C, A, B);
  await story.write('t0', { at: C });
  await story.inStep();
  const proposals = story.hold('PROPOSAL', { from: C });
  const x = await story.propose('x', { at: C });
  await story.isFlushed(x, C);
  await proposals.waits();
  story.isolate(C);
  await story.leave(C, A, B);
  proposals.release();
  return x;
}

/** C, cut off, has logged x alone; meanwhile B leads A, and they have committed t1. */
async function abandonedOnC(story: Story) {
  const x = await loggedOnCAlone(story);
  await story.leads(B);
  await story.write('t1', { at: B });
  await story.is(C, 'LOOKING');
  await story.passes(500);
  story.expect(story.logs(C, x), 'x is in the log of C');
  return x;
}
