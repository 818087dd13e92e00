// Bugs of systems like ZooKeeper that would be as bad here: ClickHouse Keeper (CH), etcd, Oxia (OX), NATS.

import type { Acl } from '@zebu/protocol';
import { LearnerAlone } from './learner-alone.ts';
import { A, B, C } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import { zxidOf } from './story.ts';

export const peers: readonly Scenario[] = [
  scenario(
    'CH#113654',
    'a promise not to follow an older leader is never forgotten',
    {
      voters: 3,
      about: `The file that holds term and vote was replaced by deleting the old one first. Power failed between the two: the server had
        forgotten its vote, and voted twice. Here that is acceptedEpoch: once ACKEPOCH has left, it is there after any power failure.`,
      undoneBy: {
        file: 'packages/learner/src/discovery.ts',
        change: 'send ACKEPOCH before acceptedEpoch is flushed',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      for (let round = 1; round <= 6; round++) {
        story.kill(A, B, C);
        const acks = story.hold('ACKEPOCH', { from: A });
        story.start(A, C);
        await acks.waits();
        const { epoch } = story.facts.packetsTo(A, ['LEADERINFO']).at(-1) ?? {};
        story.losePowerInPart(A);
        acks.release();
        story.start(A);
        const { acceptedEpoch } = await story.readsDisk(A);
        story.expect(epoch !== undefined && acceptedEpoch >= epoch, `A still knows that it accepted epoch ${epoch}`);
        story.start(B);
        await story.until('all serve', () => [A, B, C].every((server) => story.isServing(server)));
        story.say('power fails while the file is written');
        story.kill(B, C);
        const flush = story.holdFlushes(A, 'acceptedEpoch');
        story.start(C);
        await flush.waits();
        story.expectEqual(
          story.facts.packetsFrom(A, ['ACKEPOCH'], story.facts.events.length - 1).length,
          0,
          'how often A gave a promise that is not on disk',
        );
        story.losePowerInPart(A);
        flush.release();
        story.start(A);
        const disk = await story.readsDisk(A);
        story.expect(disk.acceptedEpoch >= acceptedEpoch, 'A has the old promise, or the new one');
        story.start(B);
        await story.until('all serve', () => [A, B, C].every((server) => story.isServing(server)));
      }
    },
  ),

  scenario(
    'CH#102629',
    'after TRUNC nothing is taken for durable that was durable before it',
    {
      voters: 3,
      about: `The index up to which the log is durable was not set back when the log was cut. What was appended next, below that index, was
        acknowledged before it was flushed.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'post flushed before the log is flushed',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      const proposals = story.hold('PROPOSAL', { from: C });
      const x1 = await story.propose('x1', { at: C });
      for (const name of ['x2', 'x3', 'x4', 'x5']) story.submit(name, { at: C });
      await story.until(
        'C has logged five',
        () => story.facts.log(C).filter((zxid) => zxid >= zxidOf(x1)).length === 5,
      );
      await story.until('all of them are on disk', () => story.facts.flushedZxid(C) >= zxidOf(x1) + 4n);
      await proposals.waits();
      story.isolate(C);
      await story.leave(C, A, B);
      proposals.release();
      await story.leads(B);
      story.mendAll();
      await story.isSynced(C, 'TRUNC');
      await story.serves(C);
      story.say('A is away, so that it takes C to commit');
      story.kill(A);
      await story.passes(50);
      const flush = story.holdFlushes(C, 'log');
      const since = story.facts.count;
      const t1 = story.submit('t1', { at: B });
      await flush.waits();
      await story.passes(300);
      story.expectPending(t1);
      story.expectEqual(story.facts.packetsFrom(C, ['ACK'], since), [], 'what C acknowledged');
      flush.release();
      await story.isAcknowledged(t1);
    },
  ),

  scenario(
    'CH#81780',
    'behind a txn that could not be written nothing is applied',
    {
      voters: 3,
      about: `An entry could not be written, and the commits of those behind it went on: the state went past a hole in the log.`,
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
      story.failsNext(A, 'flush');
      const writes = ['t1', 't2', 't3', 't4'].map((name) => story.submit(name, { at: C }));
      for (const write of writes) await story.isAcknowledged(write);
      await story.until('A cuts its log back', () => story.facts.of(A, 'cutBack', since).length > 0);
      await story.looksAnew(A, since);
      await story.until('A reads its disk', () => story.facts.of(A, 'diskState', since).length > 0);
      const { lastLoggedZxid } = story.diskOf(A);
      story.expect(
        story.facts.log(A).every((zxid) => zxid <= lastLoggedZxid),
        'the log of A ends where it was flushed',
      );
      await story.serves(A);
      story.losePower(A);
      story.start(A);
      await story.serves(A);
      for (const write of writes) await story.sees(write, A);
    },
  ),

  scenario(
    'CH#48595',
    'what an ACL of scheme auth means is decided once, by the leader',
    {
      voters: 3,
      about: `An ACL of scheme auth was put in place of the client's identities on each replica by itself, by what that replica knew of the
        client just then: the replicas differed. Here the txn carries the identities.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'somebody', servers: [A] });
      await story.call('it is connected', client.connected());
      const auth: Acl[] = [{ permissions: 31, scheme: 'auth', id: '' }];
      const proof = client.addAuth('digest', 'user:secret');
      const creation = client.create('/guarded', 'x', { acl: auth });
      await story.call('both are answered', Promise.all([proof, creation]));
      await story.inStep();
      const acls = [];
      for (const at of [A, B, C]) {
        const reader = story.client({ name: `reader-${at}`, servers: [at] });
        await story.call('it proves who it is', reader.addAuth('digest', 'user:secret'));
        acls.push((await story.call('the ACL is read', reader.getAcl('/guarded'))).acl);
      }
      story.expect(acls[0]?.[0]?.scheme === 'digest', 'the ACL names an identity');
      story.expectEqual(acls[1], acls[0], 'the ACL at B');
      story.expectEqual(acls[2], acls[0], 'the ACL at C');
      story.losePower(A);
      story.start(A);
      await story.serves(A);
      story.expectEqual(story.facts.differences, [], 'where trees of one zxid differed');
    },
  ),

  scenario(
    'etcd#13766',
    'a txn that was applied before a crash is not applied again onto itself',
    {
      voters: 3,
      settings: { snapCount: 10 },
      about: `The index of what is applied was saved apart from the state. A crash between the two made the next start apply entries twice,
        and members diverged. Here both come from one snapshot and the log; versions count how often a change was applied.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'counting', servers: [C] });
      await story.call('/counter is created', client.create('/counter', '0'));
      let count = 0;
      for (let round = 1; round <= 5; round++) {
        for (let n = 1; n <= 12; n++) {
          await story.call(`/counter becomes ${++count}`, client.setData('/counter', String(count)));
        }
        if (round % 2 === 0) story.losePowerInPart(A);
        else story.kill(A);
        story.start(A);
        await story.serves(A);
        await story.inStep();
        const reader = story.client({ name: `reader-${round}`, servers: [A] });
        const { data, stat } = await story.call('it is read at A', reader.getData('/counter'));
        story.expectEqual(new TextDecoder().decode(data ?? undefined), String(count), 'its data');
        story.expectEqual(stat.version, count, 'how often it was changed');
      }
      story.expect(story.facts.of(A, 'snapshotWritten').length > 0, 'A took snapshots on the way');
      story.expectEqual(story.facts.differences, [], 'where trees of one zxid differed');
    },
  ),

  scenario(
    'OX#1239',
    'a follower acknowledges no txn behind a gap',
    {
      voters: 3,
      about: `A follower took and acknowledged an append that did not follow its log. Zebu's leader leaves no gap, so this is the learner by
        itself, with such packets.`,
      undoneBy: {
        file: 'packages/learner/src/txn-order.ts',
        change: 'find no gaps',
      },
    },
    async (story) => {
      for (const txns of [['1:3'], ['1:2', '1:4'], ['2:2'], ['3:1']]) {
        const learner = new LearnerAlone({ epoch: 2, logged: ['1:1'] });
        learner.receives({ type: 'DIFF', to: '1:1' });
        learner.receives({ type: 'PROPOSAL', txns });
        learner.receives({ type: 'NEWLEADER' });
        learner.disks();
        story.expectEqual(learner.log, ['1:1'], `the log after ${txns.join(' ')}`);
        story.expectEqual(learner.acknowledged, [], 'what it acknowledged');
        story.expect(learner.abandoned !== undefined, `it left its leader: ${learner.abandoned}`);
      }
      const behind = new LearnerAlone({ epoch: 2, logged: ['1:1'] });
      behind.receives({ type: 'DIFF', to: '1:1' });
      behind.receives({ type: 'NEWLEADER' });
      behind.disks();
      behind.receives({ type: 'COMMIT', zxid: '2:1' });
      story.expect(behind.abandoned !== undefined, `a COMMIT of what it lacks is no better: ${behind.abandoned}`);
      await story.together(C, A, B);
    },
  ),

  scenario(
    'NATS lazy fsync',
    'what was acknowledged survives a power failure of all servers at that very moment',
    {
      voters: 3,
      about: `Acknowledged writes were flushed to disk minutes later; when power failed everywhere they were gone.`,
      undoneBy: {
        file: 'packages/shell/src/storage-queue.ts',
        change: 'post flushed before the log is flushed',
      },
    },
    async (story) => {
      for (let round = 1; round <= 5; round++) {
        story.start(A, B, C);
        await story.until('one of them leads', () => story.world.leader() !== undefined);
        const write = await story.write(`t${round}`, { at: story.world.leader() ?? C });
        story.losePower(A, B, C);
        story.start(A, B);
        await story.until('one of them leads', () => story.world.leader() !== undefined);
        await story.serves(A, B);
        await story.sees(write, A, B);
        story.losePower(A, B);
      }
    },
  ),
];
