// A server that is LOOKING and serves reads meanwhile: when it begins, what it takes from and leaves to its other roles.

import { CreateMode, ErrorCode, makeZxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, FakeEnsemble } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const GRACE_MS = 2000;
const LOCAL = { localSessions: { upgradingEnabled: true } };

function started(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: 3, readOnlyMode: true, ...LOCAL, ...specification });
  ensemble.start();
  ensemble.run({ until: () => [...ensemble.servers.values()].every((server) => server.peer?.serving === true) });
  return ensemble;
}

function connected(ensemble: FakeEnsemble, server: number, session?: TestClient): TestClient {
  const client = new TestClient(ensemble, server, session);
  expect(client.connect()).toBe(true);
  return client;
}

function reader(ensemble: FakeEnsemble, server: number, session?: TestClient, timeoutMs?: number): TestClient {
  const client = new TestClient(ensemble, server, session, timeoutMs, true);
  expect([client.connect(), client.isReadOnly]).toEqual([true, ensemble.peer(server).view().readOnly]);
  return client;
}

const untilReadOnly = (ensemble: FakeEnsemble, id: number): void =>
  ensemble.run({ until: () => ensemble.peer(id).view().readOnly, limitMs: 4 * GRACE_MS });

/** Server 1 alone, with /a. */
function alone(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = started(specification);
  const client = connected(ensemble, 1);
  expect(client.await(client.create('/a', 'x')).error).toBe(ErrorCode.OK);
  ensemble.run();
  ensemble.crash(2);
  ensemble.crash(3);
  untilReadOnly(ensemble, 1);
  return ensemble;
}

function quorumAgain(ensemble: FakeEnsemble): void {
  ensemble.start(2);
  ensemble.run({
    until: () => [1, 2].every((id) => ensemble.peer(id).serving && !ensemble.peer(id).view().readOnly),
    limitMs: 4 * GRACE_MS,
  });
}

const data = (client: TestClient, path: string): string =>
  new TextDecoder().decode(client.await(client.getData(path)).body.readBuffer() ?? undefined);

describe('when it begins', () => {
  it('after two seconds of LOOKING, and not before', () => {
    const ensemble = started();
    ensemble.crash(2);
    ensemble.crash(3);
    ensemble.run({ until: () => ensemble.peer(1).view().state === 'LOOKING', limitMs: GRACE_MS });
    const since = ensemble.now;
    ensemble.run({ limitMs: GRACE_MS - 50 });
    expect(ensemble.peer(1).view()).toMatchObject({ state: 'LOOKING', serving: false, readOnly: false });
    const early = new TestClient(ensemble, 1, undefined, undefined, true);
    expect(early.closed).toBe(true);
    untilReadOnly(ensemble, 1);
    expect(ensemble.now - since).toBeLessThan(GRACE_MS + 100);
    expect(ensemble.peer(1).view()).toMatchObject({ state: 'LOOKING', zabState: 'ELECTION', serving: true });
  });

  it('not where it is not enabled', () => {
    const ensemble = started({ readOnlyMode: false });
    ensemble.crash(2);
    ensemble.crash(3);
    ensemble.run({ limitMs: 3 * GRACE_MS });
    expect(ensemble.peer(1).view()).toMatchObject({ state: 'LOOKING', serving: false, readOnly: false });
  });

  it('not at the end of a stall: what the others sent meanwhile is read first', () => {
    const createElection = () => ({ step: () => [], nextWakeup: () => undefined });
    const ensemble = new FakeEnsemble({ voters: 3, readOnlyMode: true, ...LOCAL, createElection });
    ensemble.start(1);
    ensemble.run({ limitMs: GRACE_MS / 2 });
    ensemble.now += 10 * GRACE_MS;
    ensemble.tick();
    expect(ensemble.peer(1).serving).toBe(false);
    ensemble.tick();
    expect(ensemble.peer(1).serving).toBe(true);
  });

  it('with an election that was refused: nobody is cut off, and nobody waits anew', () => {
    const ensemble = new FakeEnsemble({
      voters: 3,
      readOnlyMode: true,
      ...LOCAL,
      createElection: ({ self }) => ({
        step: (input) =>
          input.type === 'look'
            ? [{ type: 'elected', vote: { ...input.vote, leader: self }, state: 'FOLLOWING' as const }]
            : [],
        nextWakeup: () => undefined,
      }),
    });
    ensemble.start(1);
    ensemble.run({ until: () => ensemble.peer(1).serving, limitMs: GRACE_MS + 200 });
    const client = reader(ensemble, 1);
    ensemble.run({ limitMs: GRACE_MS });
    expect(client.closed).toBe(false);
  });

  it('on an observer, too', () => {
    const ensemble = started({ observers: 1 });
    for (const id of [1, 2, 3]) ensemble.crash(id);
    untilReadOnly(ensemble, 4);
    reader(ensemble, 4);
  });

  it('on a server that never had a quorum, with the tree that its disk has', () => {
    const ensemble = new FakeEnsemble({ voters: 3, readOnlyMode: true, ...LOCAL });
    ensemble.start(1);
    untilReadOnly(ensemble, 1);
    const client = reader(ensemble, 1);
    expect(client.await(client.getData('/zookeeper')).error).toBe(ErrorCode.OK);
  });
});

describe('while it lasts', () => {
  it('reads are answered from the tree as it was, and writes refused', () => {
    const ensemble = alone();
    const before = ensemble.peer(1).view();
    const client = reader(ensemble, 1);
    expect(data(client, '/a')).toBe('x');
    for (const xid of [
      client.create('/b'),
      client.delete('/a'),
      client.sync(),
      client.create('/e', '', CreateMode.EPHEMERAL),
    ]) {
      expect(client.await(xid)).toMatchObject({ error: ErrorCode.NOTREADONLY, zxid: before.lastZxid });
    }
    const { treeDigest, lastZxid, sessionCount } = ensemble.peer(1).view();
    expect({ treeDigest, lastZxid, sessionCount }).toEqual({
      treeDigest: before.treeDigest,
      lastZxid: before.lastZxid,
      sessionCount: before.sessionCount,
    });
    expect(ensemble.peer(1).view()).toMatchObject({ localSessionCount: 1, connectionCount: 1 });
  });

  it('nothing is written to the disk, and no packet leaves but of the election', () => {
    const ensemble = alone();
    const server = ensemble.server(1);
    server.effects = [];
    const client = reader(ensemble, 1, undefined, 400);
    client.await(client.create('/b'));
    client.await(client.close());
    const silent = reader(ensemble, 1, undefined, 400);
    ensemble.run({ limitMs: GRACE_MS });
    expect(silent.closed).toBe(true);
    const kinds = new Set(server.effects.map(({ type }) => type));
    expect([...kinds].filter((kind) => !kind.startsWith('client'))).toEqual(['sendNotification']);
  });

  it('a client that wants to write is turned away', () => {
    const ensemble = alone();
    expect(new TestClient(ensemble, 1).closed).toBe(true);
  });

  it('a tail that is not known to be committed is not shown, unless it was read back from the disk', () => {
    const ensemble = started();
    const client = connected(ensemble, 3);
    client.await(client.create('/a', 'committed'));
    ensemble.run();
    // The leader logs what nobody else will ever acknowledge.
    ensemble.isolate(3);
    client.create('/b', 'uncommitted');
    ensemble.run({ until: () => ensemble.peer(3).view().state === 'LOOKING', limitMs: GRACE_MS });
    untilReadOnly(ensemble, 3);
    const before = reader(ensemble, 3);
    expect(data(before, '/a')).toBe('committed');
    expect(before.await(before.getData('/b')).error).toBe(ErrorCode.NONODE);
    ensemble.crash(3);
    ensemble.start(3);
    untilReadOnly(ensemble, 3);
    const after = reader(ensemble, 3);
    expect(data(after, '/b')).toBe('uncommitted');
    const { lastZxid } = ensemble.peer(3).view();
    ensemble.run({ until: () => ensemble.peer(1).serving && ensemble.peer(2).serving, limitMs: 10 * GRACE_MS });
    ensemble.heal();
    ensemble.run({
      until: () => ensemble.peer(3).serving && !ensemble.peer(3).view().readOnly,
      limitMs: 10 * GRACE_MS,
    });
    expect(after.closed).toBe(true);
    // The quorum did without it. Who has seen it is not behind anybody: the epoch is over.
    expect(ensemble.peer(3).view().lastZxid).toBeLessThan(lastZxid);
    for (const id of [1, 3]) {
      const later = new TestClient(ensemble, id, undefined, undefined, true, lastZxid);
      expect([later.connect(), later.isReadOnly]).toEqual([true, false]);
      expect(later.await(later.getData('/b')).error).toBe(ErrorCode.NONODE);
    }
    const ofThisEpoch = makeZxid(ensemble.peer(3).view().epoch, 1000);
    expect(new TestClient(ensemble, 3, undefined, undefined, true, ofThisEpoch).closed).toBe(true);
  });
});

describe('when a quorum is back', () => {
  it('every connection is closed before the role begins, and nothing is left of the time between', () => {
    const ensemble = alone();
    const { lastZxid, sessionCount } = ensemble.peer(1).view();
    const client = reader(ensemble, 1);
    client.getData('/a', true);
    quorumAgain(ensemble);
    expect(client.closed).toBe(true);
    const view = ensemble.peer(1).view();
    expect(view).toMatchObject({
      readOnly: false,
      localSessionCount: 0,
      connectionCount: 0,
      watchCount: 0,
      sessionCount,
    });
    expect([view.lastZxid, view.epoch]).toEqual([lastZxid, Number(lastZxid >> 32n) + 1]);
    const writer = connected(ensemble, 1);
    expect(data(writer, '/a')).toBe('x');
    expect(writer.await(writer.create('/c')).error).toBe(ErrorCode.OK);
  });

  it('a read-only session is over, here and elsewhere: nobody revalidates it', () => {
    const ensemble = alone();
    const client = reader(ensemble, 1);
    quorumAgain(ensemble);
    for (const id of [1, 2]) expect(new TestClient(ensemble, id, client).connect()).toBe(false);
  });

  it('a global session was not taken up meanwhile, and goes on', () => {
    const ensemble = started();
    const client = connected(ensemble, 1);
    client.await(client.create('/e', 'mine', CreateMode.EPHEMERAL));
    ensemble.run();
    ensemble.crash(2);
    ensemble.crash(3);
    untilReadOnly(ensemble, 1);
    const meanwhile = new TestClient(ensemble, 1, client, undefined, true);
    expect(meanwhile.closed).toBe(true);
    quorumAgain(ensemble);
    const again = connected(ensemble, 1, client);
    expect(again.sessionId).toBe(client.sessionId);
    expect(data(again, '/e')).toBe('mine');
  });

  it('the next time without one begins with a new grace', () => {
    const ensemble = alone();
    quorumAgain(ensemble);
    ensemble.crash(2);
    ensemble.run({ until: () => ensemble.peer(1).view().state === 'LOOKING', limitMs: GRACE_MS });
    ensemble.run({ limitMs: GRACE_MS - 100 });
    expect(ensemble.peer(1).serving).toBe(false);
    untilReadOnly(ensemble, 1);
  });
});

it('a disk that fails ends it, and the tree is read back before it begins again', () => {
  const ensemble = alone();
  const client = reader(ensemble, 1);
  ensemble.post(ensemble.server(1), { type: 'storageFailed', reason: 'EIO' });
  expect([client.closed, ensemble.peer(1).serving]).toEqual([true, false]);
  untilReadOnly(ensemble, 1);
  expect(data(reader(ensemble, 1), '/a')).toBe('x');
});
