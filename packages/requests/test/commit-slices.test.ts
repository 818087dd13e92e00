import { decodeGetDataResponse } from '@zebu/jute';
import { CreateMode, ErrorCode, OpCode, type TxnBytes } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { CommitQueue } from '../src/commit-queue.ts';
import { SELF, type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const MANY = 5000;

const tick = (server: TestServer) => server.step({ type: 'tick', late: false });

/** Steps until nothing is left to be applied; how many there were. */
function catchUp(server: TestServer): number {
  let stepCount = 0;
  for (; server.processor.nextWakeup() !== undefined; stepCount++) tick(server);
  return stepCount;
}

/** A server to which `MANY` writes of others are committed in one run. */
function flooded(): { readonly leader: TestLeader; readonly server: TestServer; readonly reader: TestClient } {
  const leader = new TestLeader();
  const [server, other] = [leader.serve(), leader.serve(2 as never)];
  const [reader, writer] = [server.connect(), other.connect()];
  writer.request(...Array.from({ length: MANY }, (_, n) => wire.create(`/n${n}`)));
  return { leader, server, reader };
}

describe('a long run of commits', () => {
  it('is applied over several steps, in order', () => {
    const { leader, server } = flooded();
    leader.commit();
    const first = server.tree.nodeCount;
    expect(first).toBeLessThan(MANY / 2);
    expect(server.tree.lookup(`/n${MANY - 1}`)).toBeUndefined();
    expect(catchUp(server)).toBeGreaterThan(2);
    expect(server.tree.lookup(`/n${MANY - 1}`)).toBeDefined();
    expect(server.tree.lastProcessedZxid).toBe(leader.lastProposedZxid);
  });

  it('lets reads pass, which see what is applied so far', () => {
    const { leader, server, reader } = flooded();
    leader.commit();
    reader.request(wire.getData('/n0'), wire.getData(`/n${MANY - 1}`));
    const [early, late] = reader.replies();
    expect([early?.error, late?.error]).toEqual([ErrorCode.OK, ErrorCode.NONODE]);
    expect(early?.zxid).toBe(server.tree.lastProcessedZxid);
  });

  it('is applied before a sync that was confirmed behind it is answered, and what follows sees all of it', () => {
    const { leader, server, reader } = flooded();
    reader.request(wire.sync('/'), wire.getData(`/n${MANY - 1}`));
    leader.commit();
    server.confirmSyncs();
    expect(reader.replies()).toEqual([]);
    catchUp(server);
    const [sync, read] = reader.replies();
    expect([sync?.error, read?.error]).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect(decodeGetDataResponse((read as wire.Reply).body).data).toEqual(wire.text('data'));
  });

  it('is applied at once when the server must be up to date', () => {
    const { leader, server } = flooded();
    leader.commit();
    server.step({ type: 'catchUp' });
    expect(server.processor.nextWakeup()).toBeUndefined();
    expect(server.tree.lastProcessedZxid).toBe(leader.lastProposedZxid);
  });

  it('waits for its turn behind one that came before', () => {
    const { leader, server } = flooded();
    leader.commit(MANY - 1);
    leader.commit();
    catchUp(server);
    expect(server.tree.lastProcessedZxid).toBe(leader.lastProposedZxid);
  });
});

it('goes on in order while more keeps coming, and is never done', () => {
  const queue = new CommitQueue(512);
  const [pushed, taken]: [unknown[], unknown[]] = [[], []];
  for (let n = 1; n <= 2000; n++) {
    const txn = new Uint8Array(1) as TxnBytes;
    queue.push([txn]);
    queue.push(n);
    pushed.push(txn, n);
    if (n < 500) continue;
    queue.beginStep('everything');
    for (let count = 0; count < 2; count++) taken.push(queue.next());
    expect(queue.isEmpty).toBe(false);
  }
  queue.beginStep('everything');
  for (let next = queue.next(); next !== undefined; next = queue.next()) taken.push(next);
  expect(taken.length).toBe(pushed.length);
  expect(taken.every((each, index) => each === pushed[index])).toBe(true);
});

describe('where nothing is applied at once', () => {
  it('is applied a txn a step, in steps of its own', () => {
    const leader = new TestLeader();
    const [server, other] = [leader.serve(SELF, { limits: { workAtOnce: 0 } }), leader.serve(2 as never)];
    const writer = other.connect();
    expect(catchUp(server)).toBe(1);
    const before = server.tree.nodeCount;
    writer.request(...Array.from({ length: 10 }, (_, n) => wire.create(`/n${n}`)));
    leader.commit();
    expect(server.tree.nodeCount).toBe(before);
    tick(server);
    expect(server.tree.nodeCount).toBe(before + 1);
    expect(catchUp(server)).toBe(9);
    expect(server.tree.lastProcessedZxid).toBe(leader.lastProposedZxid);
  });

  it('lets a sync that is confirmed behind it wait', () => {
    const queue = new CommitQueue(0);
    const txns = [new Uint8Array(1), new Uint8Array(1)] as const;
    queue.push(txns);
    queue.push(7);
    queue.beginStep('arriving');
    expect(queue.next()).toBeUndefined();
    for (const txn of txns) {
      queue.beginStep('waiting');
      expect(queue.next()).toBe(txn);
      queue.spend(OpCode.SET_DATA, txn, 0);
      if (txn === txns[0]) expect(queue.next()).toBeUndefined();
    }
    queue.beginStep('waiting');
    expect(queue.next()).toBe(7);
  });
});

describe('the work of a step', () => {
  it('counts the znodes that go with a session', () => {
    const leader = new TestLeader();
    const [server, other] = [leader.serve(), leader.serve(2 as never)];
    const owners = Array.from({ length: 20 }, () => other.connect());
    for (const [index, owner] of owners.entries()) {
      const paths = Array.from({ length: 200 }, (_, n) => `/owner-${index}-with-a-long-name-${n}`);
      owner.request(...paths.map((path) => wire.create(path, { flags: CreateMode.EPHEMERAL })));
      leader.commit();
    }
    catchUp(server);
    expect(server.tree.nodeCount).toBe(leader.tree.nodeCount);
    for (const { sessionId } of owners) leader.expire(sessionId, 0);
    leader.commit();
    expect(server.tree.sessions.size).toBeGreaterThan(10);
    expect(catchUp(server)).toBeGreaterThan(1);
    expect(server.tree.sessions.size).toBe(0);
  });

  it('counts the watches that fire', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const watchers = Array.from({ length: 100 }, () => server.connect());
    const writer = server.connect();
    writer.request(...Array.from({ length: 100 }, (_, n) => wire.create(`/n${n}`)));
    leader.commit();
    for (const watcher of watchers) {
      watcher.request(...Array.from({ length: 100 }, (_, n) => wire.exists(`/n${n}`, true)));
      watcher.replies();
    }
    writer.replies();
    writer.request(...Array.from({ length: 100 }, (_, n) => wire.remove(`/n${n}`)));
    leader.commit();
    expect(writer.replies().length).toBeLessThan(20);
    catchUp(server);
    expect(watchers.map((watcher) => watcher.events().length)).toEqual(watchers.map(() => 100));
  });
});
