import { ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

function established(specification = { voters: 3 }): FakeEnsemble {
  const ensemble = new FakeEnsemble(specification);
  ensemble.start();
  ensemble.run({ until: () => [...ensemble.servers.values()].every((server) => server.peer?.serving === true) });
  return ensemble;
}

function connected(ensemble: FakeEnsemble, server: number, session?: TestClient): TestClient {
  const client = new TestClient(ensemble, server, session);
  expect(client.connect()).toBe(true);
  return client;
}

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);

describe('QuorumPeer', () => {
  it('elects the highest server id among equals, and all serve', () => {
    const ensemble = established();
    expect(ensemble.leader()?.id).toBe(3);
    expect([1, 2, 3].map((id) => ensemble.peer(id).view().state)).toEqual(['FOLLOWING', 'FOLLOWING', 'LEADING']);
    expect([1, 2, 3].map((id) => ensemble.peer(id).view().epoch)).toEqual([1, 1, 1]);
  });

  it('elects itself when it is the only voter', () => {
    const ensemble = established({ voters: 1 });
    const client = connected(ensemble, 1);
    expect(client.await(client.create('/a')).error).toBe(ErrorCode.OK);
    expect(client.await(client.sync()).error).toBe(ErrorCode.OK);
  });

  it('leads without serving clients where leaderServes is no', () => {
    const ensemble = new FakeEnsemble({ voters: 3, leaderServes: false });
    ensemble.start();
    ensemble.run({ until: () => ensemble.peer(1).serving && ensemble.peer(2).serving });
    const client = connected(ensemble, 1);
    expect(client.await(client.create('/a')).error).toBe(ErrorCode.OK);
    expect(ensemble.leader()?.id).toBe(3);
    expect(ensemble.peer(3).serving).toBe(false);
    expect(new TestClient(ensemble, 3).closed).toBe(true);
  });

  it('replicates a write made through any server to all', () => {
    const ensemble = established();
    for (const id of [1, 2, 3]) {
      const client = connected(ensemble, id);
      expect(client.await(client.create(`/n${id}`, `data${id}`)).error).toBe(ErrorCode.OK);
      const reply = client.await(client.getData(`/n${id}`));
      expect(text(reply.body.readBuffer())).toBe(`data${id}`);
    }
    ensemble.run();
    const digests = [1, 2, 3].map((id) => ensemble.peer(id).view().treeDigest);
    expect(new Set(digests).size).toBe(1);
    expect(new Set([1, 2, 3].map((id) => ensemble.peer(id).view().lastZxid)).size).toBe(1);
  });

  it('gives one answer to each of many outstanding writes, in order', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    const xids = Array.from({ length: 50 }, (_, n) => client.create(`/n${n}`));
    client.await(xids[49] as number);
    expect(client.poll().map((reply) => reply.xid)).toEqual(xids);
    const zxids = client.poll().map((reply) => reply.zxid);
    expect([...zxids].sort((left, right) => (left < right ? -1 : 1))).toEqual(zxids);
  });

  it('survives the loss of the leader and takes it back', () => {
    const ensemble = established();
    const before = connected(ensemble, 1);
    expect(before.await(before.create('/before')).error).toBe(ErrorCode.OK);
    ensemble.crash(3);
    ensemble.run({
      until: () => ensemble.leader() !== undefined && ensemble.peer(1).serving && ensemble.peer(2).serving,
      limitMs: 60 * TICK_MS,
    });
    expect(before.closed).toBe(true);
    const after = connected(ensemble, 1, before);
    expect(after.sessionId).toBe(before.sessionId);
    expect(after.await(after.getData('/before')).error).toBe(ErrorCode.OK);
    expect(after.await(after.create('/after')).error).toBe(ErrorCode.OK);
    ensemble.start(3);
    ensemble.run({ until: () => ensemble.peer(3).serving });
    const back = connected(ensemble, 3);
    back.await(back.sync());
    expect(back.await(back.getData('/after')).error).toBe(ErrorCode.OK);
  });

  it('cuts back a leader that logged a txn alone, and the txn stays lost after one more restart (ZOOKEEPER-2845)', () => {
    const ensemble = established();
    const client = connected(ensemble, 3);
    expect(client.await(client.create('/kept')).error).toBe(ErrorCode.OK);
    ensemble.isolate(3);
    client.create('/alone');
    ensemble.run({
      until: () => ensemble.leader()?.id !== 3 && ensemble.leader() !== undefined,
      limitMs: 100 * TICK_MS,
    });
    const other = connected(ensemble, ensemble.leader()?.id ?? 0);
    expect(other.await(other.create('/other')).error).toBe(ErrorCode.OK);
    ensemble.heal();
    ensemble.run({
      until: () => ensemble.peer(3).view().state === 'FOLLOWING' && ensemble.peer(3).serving,
      limitMs: 100 * TICK_MS,
    });
    expect(
      ensemble
        .leader()
        ?.peer?.view()
        .learners.find((learner) => learner.sid === 3)?.syncPath,
    ).toBe('TRUNC');
    for (let round = 0; round < 2; round++) {
      const reader = connected(ensemble, 3);
      reader.await(reader.sync());
      expect(reader.await(reader.getData('/alone')).error).toBe(ErrorCode.NONODE);
      expect(reader.await(reader.getData('/other')).error).toBe(ErrorCode.OK);
      ensemble.crash(3);
      ensemble.start(3);
      ensemble.run({ until: () => ensemble.peer(3).serving });
    }
  });

  it('brings an empty server in by SNAP when the window has moved on', () => {
    const ensemble = new FakeEnsemble({ voters: 3, commitLogCount: 5, snapCount: 10 });
    ensemble.start(1, 2);
    ensemble.run({ until: () => ensemble.leader() !== undefined });
    const client = connected(ensemble, 1);
    for (let n = 0; n < 30; n++) client.await(client.create(`/n${n}`));
    ensemble.start(3);
    ensemble.run({ until: () => ensemble.peer(3).serving });
    expect(
      ensemble
        .leader()
        ?.peer?.view()
        .learners.find((learner) => learner.sid === 3)?.syncPath,
    ).toBe('SNAP');
    const reader = connected(ensemble, 3);
    expect(reader.await(reader.getData('/n29')).error).toBe(ErrorCode.OK);
    ensemble.run();
    expect(ensemble.peer(3).view().treeDigest).toBe(ensemble.peer(1).view().treeDigest);
  });

  it('brings everybody in by SNAP where that is forced, also who missed nothing', () => {
    const ensemble = new FakeEnsemble({ voters: 3, forceSnapshotSync: true });
    ensemble.start();
    ensemble.run({ until: () => [1, 2, 3].every((id) => ensemble.peer(id).serving) });
    const client = connected(ensemble, 1);
    expect(client.await(client.create('/a')).error).toBe(ErrorCode.OK);
    ensemble.run();
    expect(new Set([1, 2, 3].map((id) => ensemble.peer(id).view().treeDigest)).size).toBe(1);
    const paths = ensemble
      .leader()
      ?.peer?.view()
      .learners.map(({ syncPath }) => syncPath);
    expect(paths).toEqual(['SNAP', 'SNAP']);
  });

  it('syncs a server that missed little by DIFF from memory, and one that missed more from disk', () => {
    const ensemble = new FakeEnsemble({ voters: 3, commitLogCount: 5 });
    ensemble.start();
    ensemble.run({ until: () => [1, 2, 3].every((id) => ensemble.peer(id).serving) });
    const client = connected(ensemble, 3);
    for (const [missed, path] of [
      [2, 'DIFF'],
      [20, 'DIFF_FROM_DISK'],
    ] as const) {
      client.await(client.create(`/before-${path}`));
      ensemble.run();
      ensemble.crash(1);
      for (let n = 0; n < missed; n++) client.await(client.create(`/${path}-${n}`));
      ensemble.start(1);
      ensemble.run({ until: () => ensemble.peer(1).serving });
      expect(
        ensemble
          .peer(3)
          .view()
          .learners.find((learner) => learner.sid === 1)?.syncPath,
      ).toBe(path);
      ensemble.run();
      expect(ensemble.peer(1).view().treeDigest).toBe(ensemble.peer(3).view().treeDigest);
    }
  });

  it('lets observers join, serve, and not vote', () => {
    const ensemble = established({ voters: 3, observers: 1 } as { voters: number });
    const client = connected(ensemble, 4);
    expect(client.await(client.create('/through-observer')).error).toBe(ErrorCode.OK);
    expect(client.await(client.getData('/through-observer')).error).toBe(ErrorCode.OK);
    expect(ensemble.peer(4).view().state).toBe('OBSERVING');
    ensemble.crash(1);
    ensemble.crash(2);
    ensemble.run({ limitMs: 30 * TICK_MS });
    expect(ensemble.leader()).toBeUndefined();
    expect(ensemble.peer(4).serving).toBe(false);
  });

  it('makes no progress without a quorum, and closes its clients when it leaves the role', () => {
    const ensemble = established();
    const client = connected(ensemble, 3);
    ensemble.crash(1);
    ensemble.crash(2);
    const xid = client.create('/x');
    ensemble.run({ limitMs: 30 * TICK_MS });
    expect(client.reply(xid)).toBeUndefined();
    expect(client.closed).toBe(true);
    expect(ensemble.peer(3).view().state).toBe('LOOKING');
  });

  it('fires a watch on another server, before the reader can see the new value', () => {
    const ensemble = established();
    const watcher = connected(ensemble, 1);
    const writer = connected(ensemble, 2);
    writer.await(writer.create('/w'));
    watcher.await(watcher.sync());
    watcher.await(watcher.getData('/w', true));
    writer.await(writer.create('/w/child'));
    ensemble.run();
    watcher.poll();
    expect(watcher.events).toEqual([]);
    const other = connected(ensemble, 3);
    other.await(other.create('/done'));
    ensemble.run();
    expect(watcher.closed).toBe(false);
  });

  it('expires a session that falls silent, with its ephemerals, on all servers', () => {
    const ensemble = established();
    const silent = new TestClient(ensemble, 1, undefined, 4 * TICK_MS);
    silent.connect();
    silent.await(silent.create('/ephemeral', '', 1));
    const watcher = connected(ensemble, 2);
    ensemble.run({ limitMs: 20 * TICK_MS });
    expect(watcher.await(watcher.getData('/ephemeral')).error).toBe(ErrorCode.NONODE);
    expect(silent.closed).toBe(true);
  });

  it('after a failed flush trusts the disk: leaves the role, cuts back, elects anew, loses nothing acknowledged', () => {
    const ensemble = established();
    const client = connected(ensemble, 3);
    client.await(client.create('/acknowledged'));
    ensemble.server(3).disk.failNextFlush = true;
    client.create('/failing');
    ensemble.run({ until: () => client.closed });
    ensemble.run({ until: () => [1, 2, 3].every((id) => ensemble.peer(id).serving), limitMs: 100 * TICK_MS });
    ensemble.run();
    const digests = [1, 2, 3].map((id) => ensemble.peer(id).view().treeDigest);
    expect(new Set(digests).size).toBe(1);
    const reader = connected(ensemble, 3);
    expect(reader.await(reader.getData('/acknowledged')).error).toBe(ErrorCode.OK);
  });

  it('writes acceptedEpoch before LEADERINFO, and history and currentEpoch before the ACK of NEWLEADER', () => {
    const ensemble = established();
    const leader = ensemble.server(3).effects.map((effect) => effect.type);
    const sentPackets = ensemble
      .server(3)
      .effects.flatMap((effect) =>
        effect.type === 'send' ? effect.packets.map((packet) => packet.type) : [effect.type],
      );
    expect(leader.indexOf('writeAcceptedEpoch')).toBeLessThan(leader.indexOf('writeCurrentEpoch'));
    expect(sentPackets.indexOf('writeAcceptedEpoch')).toBeLessThan(sentPackets.indexOf('LEADERINFO'));
    expect(sentPackets.indexOf('writeCurrentEpoch')).toBeLessThan(sentPackets.indexOf('NEWLEADER'));
    const follower = ensemble
      .server(1)
      .effects.flatMap((effect) =>
        effect.type === 'send' ? effect.packets.map((packet) => packet.type) : [effect.type],
      );
    expect(follower.indexOf('writeAcceptedEpoch')).toBeLessThan(follower.indexOf('ACKEPOCH'));
    expect(follower.indexOf('writeCurrentEpoch')).toBeLessThan(follower.indexOf('ACK'));
  });

  it('closes the sessions of a stalled server to nobody: a late tick judges nobody', () => {
    const ensemble = established();
    const client = new TestClient(ensemble, 3, undefined, 4 * TICK_MS);
    client.connect();
    client.await(client.create('/alive', '', 1));
    // The whole world stands still for longer than the session timeout and syncLimit, then goes on.
    ensemble.now += 1000 * TICK_MS;
    ensemble.tick();
    client.ping();
    ensemble.run({ limitMs: 2 * TICK_MS });
    expect(client.closed).toBe(false);
    expect(client.await(client.getData('/alive')).error).toBe(ErrorCode.OK);
    expect(ensemble.leader()?.id).toBe(3);
  });

  it('answers a sync only after a quorum confirmed the leader', () => {
    const ensemble = established();
    const client = connected(ensemble, 3);
    ensemble.isolate(3);
    const xid = client.sync();
    ensemble.run({ limitMs: TICK_MS });
    expect(client.reply(xid)).toBeUndefined();
  });

  it('moves a session between servers', () => {
    const ensemble = established();
    const first = connected(ensemble, 1);
    first.await(first.create('/mine', '', 1));
    const second = connected(ensemble, 2, first);
    expect(second.sessionId).toBe(first.sessionId);
    const late = first.create('/moved');
    ensemble.run();
    const refusal = first.reply(late);
    expect(refusal === undefined ? first.closed : refusal.error === ErrorCode.SESSIONMOVED).toBe(true);
    expect(second.await(second.create('/second')).error).toBe(ErrorCode.OK);
  });
});
