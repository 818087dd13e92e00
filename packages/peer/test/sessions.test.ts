import { CreateMode, ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const LEADER = 3;
const FOLLOWER = 1;
const OBSERVER = 4;
/** For a machine that is busy with other things. */
const PATIENCE_MS = 60_000;

function established(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: 3, ...specification });
  ensemble.start();
  ensemble.run({ until: () => [...ensemble.servers.values()].every((server) => server.peer?.serving === true) });
  expect(ensemble.leader()?.id).toBe(LEADER);
  return ensemble;
}

function connected(ensemble: FakeEnsemble, server: number, session?: TestClient, timeoutMs?: number): TestClient {
  const client = new TestClient(ensemble, server, session, timeoutMs);
  expect(client.connect()).toBe(true);
  return client;
}

const sessionCounts = (ensemble: FakeEnsemble): number[] =>
  [...ensemble.servers.values()].map(({ peer }) => peer?.view().sessionCount ?? -1);

describe.each([
  ['leader', LEADER],
  ['follower', FOLLOWER],
  ['observer', OBSERVER],
])('a local session on a %s', (_, id) => {
  const specification = { observers: 1, localSessions: { upgradingEnabled: true } };

  it('is nobody else’s affair: no txn begins or ends it', () => {
    const ensemble = established(specification);
    const { lastZxid } = ensemble.peer(id).view();
    const client = connected(ensemble, id);
    expect(ensemble.peer(id).view()).toMatchObject({ lastZxid, sessionCount: 0, localSessionCount: 1 });
    client.await(client.close());
    ensemble.run();
    expect(client.closed).toBe(true);
    expect(ensemble.peer(id).view()).toMatchObject({ lastZxid, sessionCount: 0, localSessionCount: 0 });
  });

  it('writes, and becomes global by its first ephemeral, which the leader lets expire with it', () => {
    const ensemble = established(specification);
    const client = connected(ensemble, id, undefined, 4 * TICK_MS);
    expect(client.await(client.create('/plain')).error).toBe(ErrorCode.OK);
    expect(sessionCounts(ensemble)).toEqual([0, 0, 0, 0]);
    expect(client.await(client.create('/e', '', CreateMode.EPHEMERAL)).error).toBe(ErrorCode.OK);
    ensemble.run({ limitMs: TICK_MS });
    expect(sessionCounts(ensemble)).toEqual([1, 1, 1, 1]);
    expect(ensemble.peer(id).view().localSessionCount).toBe(0);
    ensemble.run({ limitMs: 20 * TICK_MS });
    expect(client.closed).toBe(true);
    expect(sessionCounts(ensemble)).toEqual([0, 0, 0, 0]);
    const reader = connected(ensemble, FOLLOWER);
    expect(reader.await(reader.getData('/e')).error).toBe(ErrorCode.NONODE);
  });

  it('lives as long as its client is heard, and expires on its server', () => {
    const ensemble = established(specification);
    const [silent, alive] = [
      connected(ensemble, id, undefined, 4 * TICK_MS),
      connected(ensemble, id, undefined, 4 * TICK_MS),
    ];
    const { lastZxid } = ensemble.peer(id).view();
    for (let n = 0; n < 10; n++) {
      alive.ping();
      ensemble.run({ limitMs: TICK_MS });
    }
    expect([silent.closed, alive.closed]).toEqual([true, false]);
    expect(ensemble.peer(id).view()).toMatchObject({ lastZxid, localSessionCount: 1 });
  });

  it('is dumped and counted by its server alone', () => {
    const ensemble = established(specification);
    const client = connected(ensemble, id, undefined, 4 * TICK_MS);
    const { local } = ensemble.peer(id).view().sessionDump();
    expect(local).toMatchObject({ sessionCount: 1, setCount: 1 });
    expect([...(local?.sets ?? [])].map(({ sessionIds }) => sessionIds)).toEqual([[client.sessionId]]);
    expect(ensemble.peer(2).view().sessionDump().local).toMatchObject({ sessionCount: 0 });
    ensemble.run({ limitMs: 20 * TICK_MS });
    expect(new Map(ensemble.peer(id).view().metrics()).get('stale_sessions_expired')).toBe(1);
  });

  it('is not taken up elsewhere', () => {
    const ensemble = established(specification);
    const client = connected(ensemble, id);
    const elsewhere = new TestClient(ensemble, 2, client);
    expect(elsewhere.connect()).toBe(false);
  });

  it('is taken up elsewhere once it is global', () => {
    const ensemble = established(specification);
    const client = connected(ensemble, id);
    client.await(client.create('/e', '', CreateMode.EPHEMERAL));
    const elsewhere = connected(ensemble, 2, client);
    expect(elsewhere.sessionId).toBe(client.sessionId);
    expect(elsewhere.await(elsewhere.create('/f', '', CreateMode.EPHEMERAL)).error).toBe(ErrorCode.OK);
  });

  it('does not outlive the role of its server', () => {
    const ensemble = established(specification);
    const client = connected(ensemble, id);
    ensemble.crash(2);
    ensemble.crash(id === FOLLOWER ? LEADER : FOLLOWER);
    ensemble.run({ until: () => client.closed, limitMs: 50 * TICK_MS });
    ensemble.start(...[1, 2, 3].filter((each) => ensemble.server(each).peer === undefined));
    ensemble.run({ until: () => ensemble.peer(id).serving, limitMs: 100 * TICK_MS });
    const again = new TestClient(ensemble, id, client);
    expect(again.connect()).toBe(false);
  });
});

describe('without upgrading', () => {
  it.each([LEADER, FOLLOWER])('a local session on server %i may own no ephemeral', (id) => {
    const ensemble = established({ localSessions: { upgradingEnabled: false } });
    const client = connected(ensemble, id);
    const refused = client.await(client.create('/e', '', CreateMode.EPHEMERAL));
    expect(refused.error).toBe(ErrorCode.EPHEMERALONLOCALSESSION);
    expect(client.await(client.create('/plain')).error).toBe(ErrorCode.OK);
    expect(sessionCounts(ensemble)).toEqual([0, 0, 0]);
  });
});

describe('a session that was taken up on another server', () => {
  it('ends its old connection to the leader with the next request, whatever that is', () => {
    for (const ask of [
      (client: TestClient) => client.ping(),
      (client: TestClient) => void client.getData('/'),
      (client: TestClient) => void client.sync(),
      (client: TestClient) => void client.create('/x'),
    ]) {
      const ensemble = established();
      const old = connected(ensemble, LEADER);
      const next = connected(ensemble, FOLLOWER, old);
      ensemble.run({ limitMs: TICK_MS });
      expect(old.closed).toBe(false);
      ask(old);
      ensemble.run({ limitMs: TICK_MS });
      expect(old.closed).toBe(true);
      expect(old.poll()).toEqual([]);
      expect(next.await(next.create('/y')).error).toBe(ErrorCode.OK);
    }
  });

  it('ends its old connection to a follower with the next write; reads and syncs are answered there', () => {
    const ensemble = established();
    const old = connected(ensemble, FOLLOWER);
    connected(ensemble, LEADER, old);
    expect(old.await(old.getData('/')).error).toBe(ErrorCode.OK);
    expect(old.await(old.sync()).error).toBe(ErrorCode.OK);
    expect(old.closed).toBe(false);
    old.create('/x');
    ensemble.run({ until: () => old.closed });
    expect(old.poll().length).toBe(2);
  });

  it.each([FOLLOWER, LEADER])(
    'keeps its ephemerals, and ends for both when its old client on server %i closes it',
    (id) => {
      const ensemble = established();
      const old = connected(ensemble, id);
      old.await(old.create('/e', '', CreateMode.EPHEMERAL));
      const next = connected(ensemble, 2, old);
      expect(next.await(next.getData('/e')).error).toBe(ErrorCode.OK);
      expect(old.await(old.close()).error).toBe(ErrorCode.OK);
      ensemble.run({ limitMs: TICK_MS });
      expect([old.closed, next.closed]).toEqual([true, true]);
      const reader = connected(ensemble, 2);
      expect(reader.await(reader.getData('/e')).error).toBe(ErrorCode.NONODE);
    },
  );
});

describe('thousands of sessions', { timeout: PATIENCE_MS }, () => {
  const MANY = 2000;

  function crowd(ensemble: FakeEnsemble, server: number): TestClient[] {
    const clients = Array.from({ length: MANY }, () => new TestClient(ensemble, server, undefined, 100 * TICK_MS));
    ensemble.run({ until: () => ensemble.peer(server).view().sessionCount >= MANY });
    for (const [index, client] of clients.entries()) {
      expect(client.connect()).toBe(true);
      client.create(`/of-${index}`, '', CreateMode.EPHEMERAL);
    }
    ensemble.run({ until: () => ensemble.peer(LEADER).view().ephemeralsCount === MANY });
    return clients;
  }

  it('expire together, a part at a time, while the living are served', () => {
    const ensemble = established();
    const living = connected(ensemble, FOLLOWER, undefined, 200 * TICK_MS);
    crowd(ensemble, FOLLOWER);
    const { lastZxid } = ensemble.peer(LEADER).view();
    let written = 0n;
    ensemble.run({
      until: () => {
        const { sessionCount, lastZxid: now } = ensemble.peer(LEADER).view();
        // In the middle of it all the living writes.
        if (written === 0n && now > lastZxid) written = living.await(living.create('/living')).zxid;
        return sessionCount === 1;
      },
      limitMs: 200 * TICK_MS,
    });
    expect(Number(written - lastZxid)).toBeLessThan(MANY * 0.6);
    ensemble.run({ limitMs: TICK_MS });
    expect(sessionCounts(ensemble)).toEqual([1, 1, 1]);
    expect(ensemble.peer(FOLLOWER).view().ephemeralsCount).toBe(0);
    expect(new Set([1, 2, 3].map((id) => ensemble.peer(id).view().treeDigest)).size).toBe(1);
    expect(new Map(ensemble.peer(LEADER).view().metrics()).get('stale_sessions_expired')).toBe(MANY);
  });

  it.each([
    ['follower', FOLLOWER],
    ['leader', LEADER],
  ])('are heard a part at a time on a %s, and live', (_, id) => {
    const ensemble = established();
    const peer = ensemble.peer(id);
    const named: number[] = [];
    const step = peer.step.bind(peer);
    peer.step = (input, now) => {
      const effects = step(input, now);
      for (const effect of effects) {
        for (const packet of effect.type === 'send' ? effect.packets : [])
          if (packet.type === 'PING') named.push(packet.sessions.length);
      }
      return effects;
    };
    const count = MANY + 100;
    const clients = Array.from({ length: count }, () => new TestClient(ensemble, id, undefined, 6 * TICK_MS));
    ensemble.run({ until: () => peer.view().sessionCount === count });
    for (const client of clients) expect(client.connect()).toBe(true);
    for (let n = 0; n < 2; n++) {
      for (const client of clients) client.ping();
      ensemble.run({ limitMs: 3 * TICK_MS });
    }
    expect(sessionCounts(ensemble)).toEqual([count, count, count]);
    if (id === FOLLOWER) expect(Math.max(...named)).toBe(2048);
  });

  it('are all known to a new leader: those who come back live, the others expire', () => {
    const ensemble = established();
    const clients = crowd(ensemble, FOLLOWER);
    ensemble.run({ limitMs: TICK_MS });
    ensemble.crash(LEADER);
    ensemble.run({ until: () => ensemble.leader() !== undefined && ensemble.peer(1).serving, limitMs: 60 * TICK_MS });
    const back = connected(ensemble, 2, clients[MANY - 1]);
    expect(back.await(back.create('/back', '', CreateMode.EPHEMERAL)).error).toBe(ErrorCode.OK);
    for (let n = 0; n < 110; n++) {
      back.ping();
      ensemble.run({ limitMs: TICK_MS });
    }
    expect(ensemble.peer(1).view()).toMatchObject({ sessionCount: 1, ephemeralsCount: 2 });
    expect(back.closed).toBe(false);
  });
});
