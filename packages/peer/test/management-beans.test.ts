// What each role shows of itself under the names of ZooKeeper's beans.

import { readFileSync } from 'node:fs';
import { MANAGEMENT_BEANS_VERSION, type ManagementBeans } from '@zebu/interfaces';
import { CreateMode, ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, FakeEnsemble, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const VOTERS = 3;
const LEADER = 3;
const FOLLOWER = 1;
const OBSERVER = 4;

function established(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: VOTERS, observers: 1, ...specification });
  // The leader looks alone for a tick.
  ensemble.start(LEADER);
  ensemble.run({ limitMs: TICK_MS });
  ensemble.start(FOLLOWER, 2, ...(specification.observers === 0 ? [] : [OBSERVER]));
  ensemble.run({ until: () => [...ensemble.servers.values()].every((server) => server.peer?.serving === true) });
  return ensemble;
}

function connected(ensemble: FakeEnsemble, server: number): TestClient {
  const client = new TestClient(ensemble, server);
  expect(client.connect()).toBe(true);
  return client;
}

const beansOf = (ensemble: FakeEnsemble, id: number): ManagementBeans => ensemble.peer(id).view().beans();

const addressesOf = (id: number) => ({
  name: `replica.${id}`,
  quorumAddress: { host: `zoo${id}`, port: 2888 },
  electionAddress: { host: `zoo${id}`, port: 3888 },
  clientAddress: { host: '0.0.0.0', port: 2181 },
});

describe('the beans of a server in an ensemble', () => {
  it.each([FOLLOWER, LEADER, OBSERVER])('name the quorum and its peers, on server %i', (id) => {
    const { version, quorum, localPeer, remotePeers } = beansOf(established(), id);
    expect(version).toBe(MANAGEMENT_BEANS_VERSION);
    expect(quorum).toEqual({
      name: `ReplicatedServer_id${id}`,
      quorumSize: VOTERS,
      initLimit: 10,
      syncLimit: 5,
      digestEnabled: true,
    });
    expect(localPeer).toMatchObject({
      ...addressesOf(id),
      learnerType: id === OBSERVER ? 'observer' : 'participant',
      leader: id === LEADER,
      startedAt: id === LEADER ? 1000 : 1000 + TICK_MS,
      tickTimeMs: TICK_MS,
      minSessionTimeoutMs: 2 * TICK_MS,
      maxSessionTimeoutMs: 200 * TICK_MS,
      electionType: 3,
      zabState: 'BROADCAST',
      configVersion: '0',
      partOfEnsemble: true,
      currentVote: { leader: LEADER, peerEpoch: 1 },
    });
    expect(localPeer?.quorumSystemInfo).toContain('server.4=zoo4:2888:3888:observer');
    expect(remotePeers).toEqual(
      [1, 2, 3, 4]
        .filter((other) => other !== id)
        .map((other) => ({
          ...addressesOf(other),
          sid: other,
          learnerType: other === OBSERVER ? 'observer' : 'participant',
          leader: other === LEADER,
        })),
    );
  });

  it('count the ticks of the leader alone, and say the state in the words of QuorumStats', () => {
    const ensemble = established();
    ensemble.run({ limitMs: 10 * TICK_MS });
    const peers = [FOLLOWER, LEADER, OBSERVER].map((id) => beansOf(ensemble, id).localPeer);
    expect(peers.map((peer) => peer?.state)).toEqual(['following', 'leading', 'observing']);
    expect(peers.map((peer) => (peer?.tick ?? 0) >= 9)).toEqual([false, true, false]);
    expect(peers[0]?.tick).toBe(0);
  });

  it('show of a leader what it proposed last, to whom, and how long its election took', () => {
    const ensemble = established();
    const client = connected(ensemble, LEADER);
    client.await(client.create('/a'));
    const { server, election } = beansOf(ensemble, LEADER);
    expect(election).toBeUndefined();
    if (server?.name !== 'Leader') throw new Error(`it is a ${server?.name}`);
    expect(server.currentZxid).toBe(`0x${ensemble.peer(LEADER).view().lastZxid.toString(16)}`);
    expect(new Map(server.followers.map(({ sid, synced }) => [sid, synced]))).toEqual(
      new Map([
        [1, true],
        [2, true],
      ]),
    );
    expect(server.nonVotingLearners).toMatchObject([{ sid: OBSERVER, synced: true }]);
    expect(server.proposalSizes.maximum).toBeGreaterThan(0);
    expect(server.electionTimeTakenMs).toBeGreaterThanOrEqual(TICK_MS);
    expect(server.numAliveConnections).toBe(1);
    expect(server.packetsReceived).toBeGreaterThanOrEqual(2);
  });

  it('show of a follower whom it follows, and what it logged last', () => {
    const ensemble = established();
    const client = connected(ensemble, FOLLOWER);
    client.await(client.create('/a'));
    ensemble.run();
    const { server } = beansOf(ensemble, FOLLOWER);
    expect(server).toMatchObject({
      name: 'Follower',
      quorumAddress: { host: 'zoo3', port: 2888 },
      lastQueuedZxid: `0x${ensemble.peer(LEADER).view().lastZxid.toString(16)}`,
      pendingRevalidationCount: 0,
    });
    expect(server).toHaveProperty('electionTimeTakenMs');
  });

  it('show of an observer whom it observes', () => {
    expect(beansOf(established(), OBSERVER).server).toMatchObject({
      name: 'Observer',
      quorumAddress: { host: 'zoo3', port: 2888 },
      learnerMaster: LEADER,
    });
  });

  it.each([FOLLOWER, OBSERVER])(
    'count the sessions of which the leader has not yet said whether they live, on server %i',
    (id) => {
      const ensemble = established();
      const before = connected(ensemble, LEADER);
      ensemble.hold(LEADER, id);
      // It asks for its session; nobody waits for the answer.
      void new TestClient(ensemble, id, before);
      ensemble.run({ limitMs: TICK_MS / 2 });
      expect(beansOf(ensemble, id).server).toMatchObject({ pendingRevalidationCount: 1 });
      ensemble.heal();
      ensemble.run({ limitMs: TICK_MS / 2 });
      expect(beansOf(ensemble, id).server).toMatchObject({ pendingRevalidationCount: 0 });
    },
  );

  it('show an election while there is one, its beginning, and for whom the server votes', () => {
    const ensemble = established();
    ensemble.run({ limitMs: 10 * TICK_MS });
    ensemble.isolate(FOLLOWER);
    ensemble.run({ until: () => ensemble.peer(FOLLOWER).view().state === 'LOOKING', limitMs: 40 * TICK_MS });
    ensemble.run({ limitMs: TICK_MS });
    const { election, localPeer, server, remotePeers } = beansOf(ensemble, FOLLOWER);
    expect(election?.name).toBe('LeaderElection');
    expect(election?.startedAt).toBeGreaterThanOrEqual(2000);
    expect(election?.startedAt).toBeLessThanOrEqual(ensemble.now);
    expect(localPeer).toMatchObject({ state: 'leaderelection', currentVote: { leader: FOLLOWER, peerEpoch: 1 } });
    expect(remotePeers.map(({ leader }) => leader)).toEqual([false, false, false]);
    expect(server).toBeUndefined();
  });

  it('know of a leader that was handed over to, without an election', () => {
    const ensemble = established({ prep: { reconfigEnabled: true, skipAcl: true } });
    const before = new Map(ensemble.peer(FOLLOWER).view().metrics()).get('looking_count');
    const client = connected(ensemble, FOLLOWER);
    expect(client.await(client.reconfig({ leaving: `${LEADER}` })).error).toBe(ErrorCode.OK);
    ensemble.run({ until: () => ensemble.leader()?.id === 2 && ensemble.peer(FOLLOWER).serving });
    const { localPeer, server } = beansOf(ensemble, FOLLOWER);
    expect(localPeer?.currentVote).toMatchObject({ leader: 2, peerEpoch: 2 });
    expect(server).toMatchObject({
      name: 'Follower',
      electionTimeTakenMs: 0,
      quorumAddress: { host: 'zoo2', port: 2888 },
    });
    expect(new Map(ensemble.peer(FOLLOWER).view().metrics()).get('looking_count')).toBe(before);
  });

  it('show a read-only server, while it serves', () => {
    const ensemble = new FakeEnsemble({ voters: VOTERS, readOnlyMode: true });
    ensemble.start(1);
    ensemble.run({ until: () => ensemble.peer(1).view().readOnly, limitMs: 100 * TICK_MS });
    const { server, election } = beansOf(ensemble, 1);
    expect(server?.name).toBe('ReadOnlyServer');
    expect(server?.startedAt).toBeLessThanOrEqual(ensemble.now);
    expect(election).toBeDefined();
  });

  it('have a server that left the ensemble at the addresses that it had', () => {
    const ensemble = established({ prep: { reconfigEnabled: true, skipAcl: true } });
    const client = connected(ensemble, LEADER);
    expect(client.await(client.reconfig({ leaving: `${FOLLOWER}` })).error).toBe(ErrorCode.OK);
    ensemble.run();
    const { localPeer, quorum, remotePeers } = beansOf(ensemble, FOLLOWER);
    expect(localPeer).toMatchObject({ ...addressesOf(FOLLOWER), partOfEnsemble: false, learnerType: 'participant' });
    expect(localPeer?.configVersion).not.toBe('0');
    expect(quorum?.quorumSize).toBe(VOTERS - 1);
    expect(remotePeers.map(({ sid }) => sid)).toEqual([2, 3, 4]);
  });
});

describe('the beans of a standalone server', () => {
  it('are its server, its tree and its connections', () => {
    const ensemble = new FakeEnsemble({ voters: 1, standalone: true });
    ensemble.start();
    ensemble.run({ until: () => ensemble.peer(1).serving });
    const { quorum, localPeer, remotePeers, election, server, dataTree } = beansOf(ensemble, 1);
    expect([quorum, localPeer, remotePeers, election]).toEqual([undefined, undefined, [], undefined]);
    expect(server).toMatchObject({ name: 'StandaloneServer', tickTimeMs: TICK_MS, numAliveConnections: 0 });
    expect(dataTree).toMatchObject({ name: 'InMemoryDataTree', ephemeralsCount: 0, lastZxid: '0x0' });
  });
});

describe('the beans of connections and of the tree', () => {
  it('show a connection with its ephemerals, sorted, and what it did last', () => {
    const ensemble = established();
    const client = connected(ensemble, FOLLOWER);
    for (const path of ['/b', '/a']) client.await(client.create(path, '', CreateMode.EPHEMERAL));
    const missing = client.await(client.getData('/missing'));
    expect(missing.error).toBe(ErrorCode.NONODE);
    const { connections, dataTree } = beansOf(ensemble, FOLLOWER);
    expect([...connections()]).toMatchObject([
      {
        sessionId: `0x${client.sessionId.toString(16)}`,
        ephemeralNodes: ['/a', '/b'],
        outstandingRequests: 0,
        lastOperation: 'GETD',
        lastResponseAt: expect.any(Number),
        lastZxid: dataTree.lastZxid,
      },
    ]);
    expect(dataTree.ephemeralsCount).toBe(2);
  });

  it('are plain values: JSON keeps all of them', () => {
    const ensemble = established();
    const client = connected(ensemble, LEADER);
    client.await(client.create('/a', '', CreateMode.EPHEMERAL));
    for (const id of [FOLLOWER, LEADER, OBSERVER]) {
      const { connections, ...beans } = beansOf(ensemble, id);
      // What is undefined is left out, as JSON does with properties.
      expect(JSON.parse(JSON.stringify(beans))).toEqual(beans);
      expect(JSON.parse(JSON.stringify([...connections()]))).toEqual([...connections()]);
    }
  });
});

describe('the metrics of elections', () => {
  const metricsOf = (ensemble: FakeEnsemble, id: number) => new Map(ensemble.peer(id).view().metrics());

  it('count them, and how long they and the synchronization behind them took', () => {
    const ensemble = established();
    const [leader, follower, observer] = [LEADER, FOLLOWER, OBSERVER].map((id) => metricsOf(ensemble, id));
    expect(leader?.get('looking_count')).toBe(1);
    expect(leader?.get('cnt_election_time')).toBe(1);
    expect(leader?.get('sum_election_time')).toBe(leader?.get('max_election_time'));
    expect(leader?.get('max_election_time')).toBeGreaterThanOrEqual(TICK_MS);
    expect(leader?.get('cnt_follower_sync_time')).toBe(0);
    expect(follower?.get('cnt_follower_sync_time')).toBe(1);
    expect(observer?.get('cnt_observer_sync_time')).toBe(1);
    ensemble.crash(LEADER);
    ensemble.run({ until: () => ensemble.leader() !== undefined, limitMs: 60 * TICK_MS });
    expect(metricsOf(ensemble, FOLLOWER).get('looking_count')).toBe(2);
    expect(metricsOf(ensemble, FOLLOWER).get('cnt_election_time')).toBe(2);
  });
});

describe('docs/management.md', () => {
  const documented = new Map(
    [
      ...readFileSync(new URL('../../../docs/management.md', import.meta.url), 'utf8').matchAll(
        /^\| (\w+Bean) \|.*\| (.+) \|$/gm,
      ),
    ].map(([, bean = '', attributes = '']) => [bean, [...attributes.matchAll(/`(\w+)`/g)].map(([, name]) => name)]),
  );
  const common = documented.get('ZooKeeperServerBean') ?? [];
  const ensemble = established();
  connected(ensemble, FOLLOWER);
  const [follower, leader, observer] = [FOLLOWER, LEADER, OBSERVER].map((id) => beansOf(ensemble, id));
  const readOnly = new FakeEnsemble({ voters: VOTERS, readOnlyMode: true });
  readOnly.start(1);
  readOnly.run({ until: () => readOnly.peer(1).view().readOnly, limitMs: 100 * TICK_MS });
  const alone = beansOf(readOnly, 1);

  it.each([
    ['QuorumBean', leader?.quorum, []],
    ['LocalPeerBean', leader?.localPeer, []],
    ['RemotePeerBean', leader?.remotePeers[0], []],
    ['LeaderElectionBean', alone.election, []],
    ['ZooKeeperServerBean', alone.server, []],
    ['LeaderBean', leader?.server, common],
    ['FollowerBean', follower?.server, common],
    ['ObserverBean', observer?.server, common],
    ['DataTreeBean', leader?.dataTree, []],
    ['ConnectionBean', [...(follower?.connections() ?? [])][0], []],
  ])('lists the attributes of %s', (name, bean, more) => {
    expect(new Set([...(documented.get(name) ?? []), ...more])).toEqual(new Set(Object.keys(bean ?? {})));
  });
});
