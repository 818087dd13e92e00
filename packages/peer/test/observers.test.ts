// Observers: with and without a log, at their leader and at followers (ZooKeeper's Observer, ObserverZooKeeperServer and ObserverMaster).

import { ErrorCode, type QuorumPacket, type ServerId, totalBytes } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, FakeEnsemble, type Server, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const INIT_LIMIT_MS = 10 * TICK_MS;
const LONG = { limitMs: 200 * TICK_MS };

function established(specification: EnsembleSpecification): FakeEnsemble {
  const ensemble = new FakeEnsemble(specification);
  ensemble.start();
  serving(ensemble, ...ensemble.servers.keys());
  return ensemble;
}

const serving = (ensemble: FakeEnsemble, ...ids: number[]): void =>
  ensemble.run({ until: () => ids.every((id) => ensemble.peer(id).serving), ...LONG });

/** Three voters, of whom 3 leads, and observers behind the followers. */
const atFollowers = (observers: number, more: Partial<EnsembleSpecification> = {}): FakeEnsemble => {
  const { observerOptions, ...rest } = more;
  return established({ voters: 3, observers, observerOptions: { masters: true, ...observerOptions }, ...rest });
};

function connected(ensemble: FakeEnsemble, server: number, session?: TestClient, timeoutMs?: number): TestClient {
  const client = new TestClient(ensemble, server, session, timeoutMs);
  expect(client.connect()).toBe(true);
  return client;
}

function write(ensemble: FakeEnsemble, server: number, path: string): void {
  const client = connected(ensemble, server);
  expect(client.await(client.create(path)).error).toBe(ErrorCode.OK);
}

function has(ensemble: FakeEnsemble, server: number, path: string): boolean {
  const client = connected(ensemble, server);
  client.await(client.sync());
  return client.await(client.getData(path)).error === ErrorCode.OK;
}

const learnersOf = (ensemble: FakeEnsemble, id: number): number[] =>
  ensemble
    .peer(id)
    .view()
    .learners.map((learner) => learner.sid as number)
    .sort((left, right) => left - right);

/** What a server sends to learners, or to its leader, while something happens. */
function sentBy(server: Server, action: () => void): { readonly packets: QuorumPacket[]; readonly bytes: number } {
  server.effects = [];
  action();
  const packets: QuorumPacket[] = [];
  let bytes = 0;
  for (const effect of server.effects) {
    if (effect.type !== 'send') continue;
    for (const packet of effect.packets.filter(({ type }) => type !== 'PING')) {
      packets.push(...effect.links.map(() => packet));
      const txns = 'txns' in packet ? totalBytes(packet.txns) : 0;
      bytes += effect.links.length * (txns + 16);
    }
  }
  return { packets, bytes };
}

describe('observers at followers', () => {
  it('learn there, and the leader knows nothing of them', () => {
    const ensemble = atFollowers(4);
    expect(learnersOf(ensemble, 3)).toEqual([1, 2]);
    expect(new Set([...learnersOf(ensemble, 1), ...learnersOf(ensemble, 2)])).toEqual(new Set([4, 5, 6, 7]));
    expect(ensemble.peer(4).view()).toMatchObject({ state: 'OBSERVING', leader: 3, zabState: 'BROADCAST' });
    write(ensemble, 4, '/through-an-observer');
    write(ensemble, 3, '/through-the-leader');
    for (const id of [1, 2, 3, 4, 5, 6, 7]) {
      expect(has(ensemble, id, '/through-an-observer')).toBe(true);
      expect(has(ensemble, id, '/through-the-leader')).toBe(true);
    }
    ensemble.run();
    const views = [1, 2, 3, 4, 5, 6, 7].map((id) => ensemble.peer(id).view());
    expect(new Set(views.map((view) => view.treeDigest)).size).toBe(1);
    expect(ensemble.server(4).disk.lastLoggedZxid).toBe(ensemble.peer(3).view().lastZxid);
  });

  it('twenty of them cost the leader nothing: no link, no packet, no byte', () => {
    const cost = (observers: number, masters: boolean): { learners: number; packets: number; bytes: number } => {
      const ensemble = established({ voters: 3, observers, observerOptions: { masters } });
      const client = connected(ensemble, 1);
      const { packets, bytes } = sentBy(ensemble.server(3), () => {
        for (let n = 0; n < 50; n++) client.await(client.create(`/n${n}`, 'x'.repeat(100)));
      });
      return { learners: learnersOf(ensemble, 3).length, packets: packets.length, bytes };
    };
    const without = cost(0, true);
    expect(cost(20, true)).toEqual(without);
    const atLeader = cost(20, false);
    expect(atLeader.learners).toBe(22);
    expect(atLeader.bytes).toBeGreaterThan(10 * without.bytes);
  });

  it('go to the next follower when theirs dies, long before initLimit', () => {
    const ensemble = atFollowers(6);
    const [first] = [1, 2].filter((id) => learnersOf(ensemble, id).length > 0) as [number];
    const other = first === 1 ? 2 : 1;
    ensemble.crash(first);
    const moved = (): boolean => [4, 5, 6, 7, 8, 9].every((id) => ensemble.peer(id).serving);
    const begunAt = ensemble.now;
    ensemble.run({ until: () => moved() && learnersOf(ensemble, other).length === 6, ...LONG });
    expect(ensemble.now - begunAt).toBeLessThan(INIT_LIMIT_MS / 2);
    expect(learnersOf(ensemble, 3)).toEqual([other]);
    write(ensemble, 9, '/moved');
    expect(has(ensemble, 4, '/moved')).toBe(true);
  });

  it('learn at the leader when no follower takes them', () => {
    const ensemble = established({ voters: 1, observers: 2, observerOptions: { masters: true } });
    expect(learnersOf(ensemble, 1)).toEqual([2, 3]);
    write(ensemble, 3, '/a');
    expect(has(ensemble, 2, '/a')).toBe(true);
  });

  it('follow a new leader through their follower', () => {
    const ensemble = atFollowers(2);
    write(ensemble, 4, '/before');
    ensemble.crash(3);
    ensemble.run({
      until: () => ensemble.leader()?.id === 2 && [1, 2, 4, 5].every((id) => ensemble.peer(id).serving),
      ...LONG,
    });
    expect(has(ensemble, 4, '/before')).toBe(true);
    write(ensemble, 5, '/after');
    expect(has(ensemble, 4, '/after')).toBe(true);
  });

  it('go with their follower to the leader that the last one named, without an election', () => {
    const ensemble = atFollowers(2);
    const [follower] = [1, 2].filter((id) => learnersOf(ensemble, id).length > 0) as [number];
    const observers = learnersOf(ensemble, follower).map((id) => ensemble.server(id));
    for (const observer of observers) observer.effects = [];
    const successor = follower === 1 ? 2 : 1;
    ensemble.post(ensemble.server(3), { type: 'transferLeadership', to: successor as ServerId, leaves: false });
    ensemble.run({ until: () => ensemble.leader()?.id === successor, ...LONG });
    serving(ensemble, 1, 2, 3, 4, 5);
    const asked = observers
      .flatMap(({ effects }) => effects)
      .filter((effect) => effect.type === 'sendNotification' && effect.notification.state === 'LOOKING');
    expect(asked).toEqual([]);
    write(ensemble, 4, '/handed-over');
    expect(has(ensemble, 5, '/handed-over')).toBe(true);
    expect(learnersOf(ensemble, successor)).not.toContain(4);
  });

  it('are shown nothing that is not committed', () => {
    const ensemble = atFollowers(2);
    const [follower] = [1, 2].filter((id) => learnersOf(ensemble, id).length > 0) as [number];
    // The follower's acknowledgements, and the other's, do not arrive: what it logs is not committed.
    const client = connected(ensemble, 3);
    ensemble.hold(1, 3);
    ensemble.hold(2, 3);
    client.create('/uncommitted');
    const { packets } = sentBy(ensemble.server(follower), () => ensemble.run({ limitMs: 2 * TICK_MS }));
    expect(ensemble.server(follower).disk.lastLoggedZxid).toBeGreaterThan(ensemble.peer(4).view().lastZxid);
    expect(packets.map(({ type }) => type)).not.toContain('INFORM');
    ensemble.heal();
    ensemble.run({ limitMs: 2 * TICK_MS });
    expect(has(ensemble, 4, '/uncommitted')).toBe(true);
  });

  it.each(['DIFF', 'SNAP'])('are brought up to date there by %s', (path) => {
    const ensemble = atFollowers(2, { commitLogCount: path === 'DIFF' ? 500 : 3, snapCount: 10 });
    ensemble.crash(4);
    for (let n = 0; n < 40; n++) write(ensemble, 3, `/n${n}`);
    if (path === 'SNAP')
      for (const id of [1, 2]) ensemble.server(id).disk.base = ensemble.server(id).disk.lastLoggedZxid;
    ensemble.start(4);
    serving(ensemble, 4);
    const [follower] = [1, 2].filter((id) => learnersOf(ensemble, id).includes(4)) as [number];
    const view = ensemble
      .peer(follower)
      .view()
      .learners.find((learner) => learner.sid === 4);
    expect(view).toEqual({ sid: 4, role: 'observer', synced: true, syncPath: path });
    expect(has(ensemble, 4, '/n39')).toBe(true);
  });

  it('wait for a follower that is behind them, and are not cut back', () => {
    const ensemble = atFollowers(1);
    const [first] = [1, 2].filter((id) => learnersOf(ensemble, id).length > 0) as [number];
    const other = first === 1 ? 2 : 1;
    // The other follower hears of no commit, so that the observer knows more.
    ensemble.hold(3, other);
    write(ensemble, 3, '/ahead');
    expect(has(ensemble, 4, '/ahead')).toBe(true);
    const zxid = ensemble.peer(4).view().lastZxid;
    expect(ensemble.peer(other).view().lastZxid).toBeLessThan(zxid);
    const tree = ensemble.peer(4).view().treeDigest;
    ensemble.cut(4, first);
    ensemble.run({ limitMs: 2 * TICK_MS });
    expect(learnersOf(ensemble, other)).toEqual([4]);
    expect(ensemble.peer(4).serving).toBe(false);
    ensemble.heal();
    ensemble.cut(4, first);
    serving(ensemble, 4);
    expect(learnersOf(ensemble, other)).toEqual([4]);
    expect(ensemble.peer(4).view()).toMatchObject({ lastZxid: zxid, treeDigest: tree });
  });

  it('have their clients kept alive, and expired, by the leader', () => {
    const ensemble = atFollowers(1);
    const client = connected(ensemble, 4, undefined, 10 * TICK_MS);
    expect(client.await(client.create('/e', '', 1)).error).toBe(ErrorCode.OK);
    for (let n = 0; n < 10; n++) {
      client.ping();
      ensemble.run({ limitMs: 4 * TICK_MS });
    }
    expect(has(ensemble, 3, '/e')).toBe(true);
    ensemble.run({ limitMs: 25 * TICK_MS });
    expect(has(ensemble, 3, '/e')).toBe(false);
  });

  it('have every touched session named to the leader, however many there are', () => {
    const ensemble = atFollowers(1);
    const clients = Array.from({ length: 2500 }, () => new TestClient(ensemble, 4, undefined, 40 * TICK_MS));
    for (const client of clients) expect(client.connect()).toBe(true);
    for (let n = 0; n < 10; n++) {
      for (const client of clients) client.ping();
      ensemble.run({ limitMs: 10 * TICK_MS });
    }
    expect(ensemble.peer(3).view().sessionCount).toBe(2500);
  });

  it('take over sessions from each other, and what the old one still sends is refused', () => {
    const ensemble = atFollowers(2, { random: { below: () => 0 } });
    // Both at one follower: that they are two servers must not be lost on the way to the leader.
    expect([learnersOf(ensemble, 1), learnersOf(ensemble, 2)]).toContainEqual([4, 5]);
    const old = connected(ensemble, 4);
    expect(old.await(old.create('/old', '', 1)).error).toBe(ErrorCode.OK);
    const next = connected(ensemble, 5, old);
    expect(next.sessionId).toBe(old.sessionId);
    old.create('/late');
    ensemble.run({ until: () => old.closed });
    expect(has(ensemble, 5, '/late')).toBe(false);
    expect(next.await(next.create('/new', '', 1)).error).toBe(ErrorCode.OK);
  });

  it('answer the syncs of their clients, and the follower those of its own, each its own', () => {
    const ensemble = atFollowers(2);
    const clients = [1, 2, 4, 5].map((id) => connected(ensemble, id));
    const asked = clients.map((client) => [client.sync(), client.sync(), client.sync()]);
    for (const [index, client] of clients.entries())
      for (const xid of asked[index] as number[]) expect(client.await(xid).error).toBe(ErrorCode.OK);
  });
});

describe('a reconfiguration', () => {
  const CHANGES = { prep: { reconfigEnabled: true, skipAcl: true } };

  it('reaches observers at followers, and takes them to the new leader', () => {
    const ensemble = atFollowers(2, CHANGES);
    const client = connected(ensemble, 1);
    const reply = client.await(client.reconfig({ leaving: '3' }));
    expect(reply.error).toBe(ErrorCode.OK);
    const version = reply.zxid;
    const settled = (id: number): boolean =>
      ensemble.peer(id).serving &&
      ensemble.server(id).disk.configuration?.version === version &&
      ensemble.peer(id).view().leader !== 3;
    ensemble.run({ until: () => [1, 2, 4, 5].every(settled), ...LONG });
    write(ensemble, 4, '/after');
    expect(has(ensemble, 5, '/after')).toBe(true);
  });
});

describe('an observer without a log', () => {
  const WITHOUT_LOG = { keepsLog: false };

  it.each([false, true])('serves all that is committed and writes none of it; at followers: %s', (masters) => {
    const ensemble = established({
      voters: 3,
      observers: 1,
      snapCount: 5,
      observerOptions: { ...WITHOUT_LOG, masters },
    });
    const { disk } = ensemble.server(4);
    const [before, epoch] = [disk.lastLoggedZxid, disk.currentEpoch];
    for (let n = 0; n < 20; n++) write(ensemble, 4, `/n${n}`);
    expect(has(ensemble, 4, '/n19')).toBe(true);
    ensemble.run();
    expect([disk.lastLoggedZxid, disk.currentEpoch, disk.snapshots.length]).toEqual([before, epoch, 0]);
    // The promise not to follow an older leader it gives like everybody.
    expect(disk.acceptedEpoch).toBe(1);
    ensemble.crash(4);
    ensemble.start(4);
    serving(ensemble, 4);
    expect(has(ensemble, 4, '/n0')).toBe(true);
  });

  it('keeps its tree from one leader to the next', () => {
    const ensemble = established({ voters: 3, observers: 1, observerOptions: WITHOUT_LOG });
    for (let n = 0; n < 20; n++) write(ensemble, 1, `/n${n}`);
    ensemble.run();
    const server = ensemble.server(4);
    server.effects = [];
    ensemble.crash(3);
    ensemble.run({ until: () => ensemble.leader()?.id === 2, ...LONG });
    serving(ensemble, 1, 2, 4);
    expect(server.effects.map(({ type }) => type)).not.toContain('restore');
    expect(
      ensemble
        .peer(2)
        .view()
        .learners.find(({ sid }) => sid === 4)?.syncPath,
    ).toBe('DIFF');
    write(ensemble, 4, '/after');
    expect(has(ensemble, 4, '/n19')).toBe(true);
  });

  it('votes with what its disk holds when it is given a vote', () => {
    const ensemble = established({
      voters: 3,
      observers: 1,
      observerOptions: WITHOUT_LOG,
      prep: { reconfigEnabled: true, skipAcl: true },
    });
    for (let n = 0; n < 5; n++) write(ensemble, 1, `/n${n}`);
    const { disk } = ensemble.server(4);
    expect(disk.lastLoggedZxid).toBeLessThan(ensemble.peer(4).view().lastZxid);
    const client = connected(ensemble, 1);
    const joining = 'server.4=h4:2004:3004:participant;4004';
    expect(client.await(client.reconfig({ joining })).error).toBe(ErrorCode.OK);
    ensemble.run({
      until: () => ensemble.peer(4).view().state === 'FOLLOWING' && ensemble.peer(4).serving,
      ...LONG,
    });
    expect(disk.lastLoggedZxid).toBe(ensemble.peer(4).view().lastZxid);
    expect(disk.currentEpoch).toBe(1);
    write(ensemble, 4, '/voter');
    ensemble.crash(4);
    ensemble.start(4);
    serving(ensemble, 4);
    expect(has(ensemble, 4, '/n4')).toBe(true);
  });
});

describe('an observer that lost its leader', () => {
  /** How long it does not ask anybody. */
  function silence(electionDelayMs: number): number {
    const ensemble = established({
      voters: 3,
      observers: 1,
      observerOptions: { electionDelayMs },
      random: { below: (bound) => bound - 1 },
    });
    const observer = ensemble.server(4);
    ensemble.crash(3);
    ensemble.run({ until: () => ensemble.peer(4).view().state === 'LOOKING', ...LONG });
    observer.effects = [];
    const begunAt = ensemble.now;
    ensemble.run({ until: () => observer.effects.some(({ type }) => type === 'sendNotification'), ...LONG });
    const silentMs = ensemble.now - begunAt;
    serving(ensemble, 1, 2, 4);
    return silentMs;
  }

  it('asks at once without observer.election.DelayMs, and after a time by chance with it', () => {
    expect(silence(0)).toBeLessThan(50);
    expect(silence(400)).toBeGreaterThanOrEqual(390);
  });

  it('asks nobody before its disk has said what it holds, however long that takes', () => {
    const ensemble = established({
      voters: 3,
      observers: 1,
      observerOptions: { electionDelayMs: 50 },
      random: { below: (bound) => bound - 1 },
    });
    const observer = ensemble.server(4);
    observer.disk.held = true;
    ensemble.crash(3);
    ensemble.run({ until: () => ensemble.peer(4).view().state === 'LOOKING', ...LONG });
    observer.effects = [];
    ensemble.run({ limitMs: 10 * TICK_MS });
    expect(observer.effects).toEqual([]);
    observer.disk.held = false;
    serving(ensemble, 1, 2, 4);
  });

  it('waits before it dials, by observer.reconnectDelayMs', () => {
    const delayed = (reconnectDelayMs: number): number => {
      const ensemble = new FakeEnsemble({
        voters: 3,
        observers: 1,
        observerOptions: { reconnectDelayMs },
        random: { below: (bound) => bound - 1 },
      });
      ensemble.start();
      serving(ensemble, 1, 2, 3);
      const begunAt = ensemble.now;
      serving(ensemble, 4);
      return ensemble.now - begunAt;
    };
    expect(delayed(0)).toBeLessThan(200);
    expect(delayed(3000)).toBeGreaterThan(2500);
  });
});

describe('too many observers at a time', () => {
  it('are synchronized one after the other: who is refused comes again', () => {
    const ensemble = established({ voters: 3, observers: 6, syncLimits: { snapshots: 1, diffs: 1 } });
    write(ensemble, 9, '/a');
    for (const id of [4, 5, 6, 7, 8, 9]) expect(has(ensemble, id, '/a')).toBe(true);
  });
});
