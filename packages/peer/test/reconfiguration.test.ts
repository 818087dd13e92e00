// The ensemble changes while it runs (docs/decisions/0005-the-log-knows-the-ensemble.md).

import { decodeStat } from '@zebu/jute';
import { ErrorCode, formatEnsemble, OpCode, txnType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type EnsembleSpecification, ensembleOf, FakeEnsemble, linesOf, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

const CONFIG = '/zookeeper/config';
const PREP = { reconfigEnabled: true, skipAcl: true };
/** That of the epoch of the first leader. */
const FIRST_VERSION = 0x100000000n;
const LONG = { limitMs: 200 * TICK_MS };

function established(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: 3, prep: PREP, ...specification });
  ensemble.start();
  serving(ensemble, ...ensemble.servers.keys());
  settle(ensemble, FIRST_VERSION, ...ensemble.servers.keys());
  return ensemble;
}

const serving = (ensemble: FakeEnsemble, ...ids: number[]): void =>
  ensemble.run({ until: () => ids.every((id) => ensemble.peer(id).serving), ...LONG });

/** Servers that join say so in their own files. */
function join(ensemble: FakeEnsemble, ids: readonly number[], known: readonly number[], observes = true): void {
  for (const id of ids) {
    ensemble.add(id, ensembleOf([...known, id], observes ? [id] : []));
    ensemble.start(id);
  }
  settle(ensemble, ensemble.leader()?.disk.configuration?.version as bigint, ...ids);
}

function connected(ensemble: FakeEnsemble, server: number): TestClient {
  const client = new TestClient(ensemble, server);
  expect(client.connect()).toBe(true);
  return client;
}

/** All of them follow, lead or observe in that configuration, and serve. */
function settle(ensemble: FakeEnsemble, version: bigint, ...ids: number[]): void {
  const isSettled = (id: number): boolean =>
    ensemble.peer(id).serving && ensemble.server(id).disk.configuration?.version === version;
  ensemble.run({ until: () => ids.every(isSettled), ...LONG });
}

const versionOf = (reply: { readonly body: { readBuffer(): Uint8Array | null } }): bigint =>
  BigInt(`0x${/version=([0-9a-f]+)$/.exec(textOf(reply.body.readBuffer()))?.[1]}`);
const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined);

function reconfigure(ensemble: FakeEnsemble, server: number, change: Parameters<TestClient['reconfig']>[0]): bigint {
  const client = connected(ensemble, server);
  const reply = client.await(client.reconfig(change));
  expect(reply.error).toBe(ErrorCode.OK);
  return versionOf(reply);
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

/** A client's write through this server comes about. */
function isWritable(ensemble: FakeEnsemble, id: number): boolean {
  if (!ensemble.peer(id).serving) return false;
  const client = connected(ensemble, id);
  const xid = client.create(`/side${id}`);
  ensemble.run({ limitMs: 5 * TICK_MS });
  return client.reply(xid)?.error === ErrorCode.OK;
}

const states = (ensemble: FakeEnsemble, ...ids: number[]): string[] => ids.map((id) => ensemble.peer(id).view().state);

describe('a change of the ensemble', () => {
  it('goes from three servers to five and back, and loses nothing', () => {
    const ensemble = established();
    write(ensemble, 1, '/three');
    join(ensemble, [4, 5], [1, 2, 3]);
    const grown = reconfigure(ensemble, 1, { joining: linesOf([4, 5]).join() });
    settle(ensemble, grown, 1, 2, 3, 4, 5);
    expect(states(ensemble, 1, 2, 3, 4, 5)).toEqual(['FOLLOWING', 'FOLLOWING', 'LEADING', 'FOLLOWING', 'FOLLOWING']);
    ensemble.crash(1);
    ensemble.crash(2);
    write(ensemble, 4, '/five');
    ensemble.start(1, 2);
    settle(ensemble, grown, 1, 2);
    const shrunk = reconfigure(ensemble, 4, { leaving: '1,2', from: grown });
    settle(ensemble, shrunk, 3, 4, 5);
    ensemble.crash(1);
    ensemble.crash(2);
    ensemble.crash(4);
    write(ensemble, 5, '/again');
    for (const path of ['/three', '/five', '/again']) expect(has(ensemble, 5, path)).toBe(true);
  });

  it('answers with the configuration and its Stat, and fires the watches on it', () => {
    const ensemble = established();
    const watcher = connected(ensemble, 2);
    watcher.await(watcher.getData(CONFIG, true));
    const client = connected(ensemble, 1);
    const reply = client.await(client.reconfig({ leaving: '3' }));
    const version = reply.zxid;
    expect(textOf(reply.body.readBuffer())).toBe(
      formatEnsemble({ version, servers: new Map([...ensemble.initial.servers].slice(0, 2)) }),
    );
    expect(decodeStat(reply.body)).toMatchObject({ mzxid: version, version: -1 });
    ensemble.run({ until: () => watcher.poll() && watcher.events.length > 0 });
    expect(watcher.events).toEqual([{ type: 3, path: CONFIG }]);
  });

  it('is refused where no quorum of the new configuration is in sync', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    const joining = linesOf([4, 5, 6, 7]).join();
    expect(client.await(client.reconfig({ joining })).error).toBe(ErrorCode.NEWCONFIGNOQUORUM);
    expect(client.await(client.reconfig({ leaving: '2', from: 9n })).error).toBe(ErrorCode.BADVERSION);
  });

  it('moves the clients of a server whose client address changes', () => {
    const ensemble = established();
    const moved = 'server.2=zoo2:2888:3888;0.0.0.0:9999';
    settle(ensemble, reconfigure(ensemble, 1, { joining: moved }), 1, 2, 3);
    ensemble.run({ until: () => ensemble.server(2).clientAddress?.port === 9999 });
    expect([1, 3].map((id) => ensemble.server(id).clientAddress)).toEqual([undefined, undefined]);
  });

  it('sends a learner that gets a vote what is committed before, also where both came in one batch', () => {
    const ensemble = established({ voters: 3, observers: 1 });
    const client = connected(ensemble, 1);
    const leaders = connected(ensemble, 3);
    // Only what server 1 acknowledges commits anything.
    ensemble.hold(2, 3);
    ensemble.hold(1, 3);
    const change = client.reconfig({ joining: linesOf([4]).join() });
    leaders.create('/before');
    ensemble.run({ limitMs: 2 * TICK_MS });
    ensemble.server(3).effects = [];
    ensemble.release(1, 3, { atOnce: true });
    const sent = (): string[] =>
      ensemble
        .sentPackets(3, 4)
        .map(({ type }) => type)
        .filter((type) => type !== 'PING');
    ensemble.run({ until: () => sent().length >= 2, limitMs: 4 * TICK_MS });
    expect(sent()).toEqual(['INFORM', 'PROPOSAL']);
    ensemble.release(2, 3);
    expect(client.await(change).error).toBe(ErrorCode.OK);
  });

  it('makes a participant of an observer and an observer of a participant, in one step', () => {
    const ensemble = established({ voters: 3, observers: 1 });
    const version = reconfigure(ensemble, 1, { members: linesOf([1, 2, 3, 4], [2]).join() });
    settle(ensemble, version, 1, 2, 3, 4);
    expect(states(ensemble, 1, 2, 3, 4)).toEqual(['FOLLOWING', 'OBSERVING', 'LEADING', 'FOLLOWING']);
    ensemble.crash(1);
    ensemble.crash(2);
    write(ensemble, 4, '/with-the-new-voter');
  });

  it('grows an ensemble of one to two and to three', () => {
    const ensemble = established({ voters: 1, prep: { ...PREP, standaloneEnabled: false } });
    join(ensemble, [2], [1], false);
    const two = reconfigure(ensemble, 1, { joining: linesOf([2]).join() });
    settle(ensemble, two, 1, 2);
    join(ensemble, [3], [1, 2], false);
    const three = reconfigure(ensemble, 2, { joining: linesOf([3]).join() });
    settle(ensemble, three, 1, 2, 3);
    ensemble.crash(1);
    serving(ensemble, 2, 3);
    write(ensemble, 3, '/without-the-first');
  });

  it('counts by groups and weights from when they are in force', () => {
    const ensemble = established();
    const groups = ['group.1=1', 'group.2=2:3', 'weight.1=1', 'weight.2=1', 'weight.3=0'];
    const version = reconfigure(ensemble, 1, { members: [...linesOf([1, 2, 3]), ...groups].join() });
    settle(ensemble, version, 1, 2, 3);
    expect(ensemble.leader()?.id).not.toBe(3);
    ensemble.crash(3);
    serving(ensemble, 1, 2);
    write(ensemble, 1, '/both-groups');
    const client = connected(ensemble, 1);
    expect(client.await(client.reconfig({ leaving: '3' })).error).toBe(ErrorCode.BADARGUMENTS);
  });
});

describe('a leader that the change leaves out', () => {
  it('hands over to a voter without an election, and is out', () => {
    const ensemble = established();
    expect(ensemble.leader()?.id).toBe(3);
    const version = reconfigure(ensemble, 1, { leaving: '3' });
    settle(ensemble, version, 1, 2);
    expect(ensemble.leader()?.id).toBe(2);
    ensemble.crash(3);
    write(ensemble, 1, '/without-it');
  });

  it('becomes an observer of its successor when it is demoted', () => {
    const ensemble = established();
    const version = reconfigure(ensemble, 1, { joining: linesOf([3], [3]).join() });
    settle(ensemble, version, 1, 2, 3);
    expect(states(ensemble, 1, 2, 3)).toEqual(['FOLLOWING', 'LEADING', 'OBSERVING']);
    write(ensemble, 3, '/through-the-observer');
  });

  it('keeps what it had proposed behind the change', () => {
    const ensemble = established();
    const client = connected(ensemble, 1);
    const xids = [client.create('/before'), client.reconfig({ leaving: '3' }), client.create('/behind')];
    ensemble.run({ until: () => client.reply(xids[1] as number) !== undefined });
    serving(ensemble, 1, 2);
    expect(has(ensemble, 1, '/before')).toBe(true);
    write(ensemble, 2, '/later');
  });
});

describe('a server that was away', () => {
  it('learns of the new ensemble from those that it elects with', () => {
    const ensemble = established();
    join(ensemble, [4, 5], [1, 2, 3]);
    ensemble.crash(1);
    const version = reconfigure(ensemble, 2, { members: linesOf([1, 4, 5]).join() });
    settle(ensemble, version, 4, 5);
    for (const id of [2, 3, 4]) ensemble.crash(id);
    ensemble.start(1);
    settle(ensemble, version, 1, 5);
    write(ensemble, 1, '/by-one-and-five');
  });

  it('reads from its log what its file missed', () => {
    const ensemble = established();
    const version = reconfigure(ensemble, 1, { leaving: '2' });
    settle(ensemble, version, 1, 3);
    for (const id of [1, 2, 3]) {
      ensemble.crash(id);
      ensemble.server(id).disk.configuration = undefined;
    }
    ensemble.start(1, 3);
    settle(ensemble, version, 1, 3);
    write(ensemble, 1, '/in-the-new');
  });
});

describe('a change that is proposed and not committed', () => {
  const OLD = [1, 2, 3];

  /** Server 3 leads {1, 2, 3} and proposed that `members` be the ensemble; `logged` have it on disk, and 3 heard of nobody's flush. */
  function proposed(members: readonly number[], logged: readonly number[]): { ensemble: FakeEnsemble; before: bigint } {
    const ensemble = established();
    const before = ensemble.server(3).disk.configuration?.version as bigint;
    const joiners = members.filter((id) => !OLD.includes(id));
    join(ensemble, joiners, OLD);
    write(ensemble, 1, '/old');
    ensemble.run();
    const client = connected(ensemble, 3);
    for (const id of [1, 2, ...joiners]) {
      ensemble.hold(id, 3);
      if (!logged.includes(id)) ensemble.hold(3, id);
    }
    client.reconfig({ members: linesOf(members).join() });
    const holds = (id: number): boolean =>
      ensemble
        .server(id)
        .disk.flushed()
        .some((txn) => txnType(txn) === OpCode.RECONFIG);
    ensemble.run({ until: () => logged.every(holds), limitMs: 2 * TICK_MS });
    return { ensemble, before };
  }

  it('comes about when a server that logged it leads next, with quorums of both', () => {
    const { ensemble, before } = proposed([1, 2, 4], [1, 2, 3, 4]);
    ensemble.crash(3);
    ensemble.heal();
    ensemble.run({ until: () => (ensemble.leader()?.disk.configuration?.version ?? 0n) > before, ...LONG });
    const version = ensemble.leader()?.disk.configuration?.version as bigint;
    settle(ensemble, version, 1, 2, 4);
    write(ensemble, 4, '/new');
    expect(has(ensemble, 1, '/old')).toBe(true);
  });

  it('is taken back from the log of who proposed it, when the others go on without it', () => {
    const { ensemble, before } = proposed([1, 2, 4], [3]);
    ensemble.crash(3);
    ensemble.heal();
    serving(ensemble, 1, 2);
    write(ensemble, 1, '/without');
    ensemble.start(3);
    serving(ensemble, 3);
    expect([1, 2, 3].map((id) => ensemble.server(id).disk.configuration?.version)).toEqual([before, before, before]);
    const client = connected(ensemble, 3);
    expect(versionOf(client.await(client.getData(CONFIG)))).toBe(before);
    settle(ensemble, reconfigure(ensemble, 3, { leaving: '1' }), 2, 3);
    write(ensemble, 3, '/two');
  });

  it('is taken back from the logs of its quorum, when a quorum of the old configuration goes on without it', () => {
    const { ensemble, before } = proposed([3, 4, 5], [3, 4, 5]);
    ensemble.heal();
    for (const left of [1, 2]) for (const right of [3, 4, 5]) ensemble.cut(left, right);
    ensemble.run({ limitMs: 20 * TICK_MS });
    serving(ensemble, 1, 2);
    write(ensemble, 1, '/without');
    ensemble.heal();
    serving(ensemble, 1, 2, 3, 4, 5);
    expect([1, 2, 3].map((id) => ensemble.server(id).disk.configuration?.version)).toEqual([before, before, before]);
    expect(has(ensemble, 3, '/without')).toBe(true);
  });

  it('cannot be completed by a quorum of the new configuration alone', () => {
    const { ensemble, before } = proposed([3, 4, 5], [3, 4, 5]);
    ensemble.crash(1);
    ensemble.crash(2);
    ensemble.heal();
    ensemble.run({ limitMs: 40 * TICK_MS });
    expect([3, 4, 5].filter((id) => isWritable(ensemble, id))).toEqual([]);
    ensemble.start(2);
    ensemble.run({ until: () => (ensemble.leader()?.disk.configuration?.version ?? 0n) > before, ...LONG });
    serving(ensemble, 4);
    write(ensemble, 4, '/new');
  });

  it('cannot be undone by a quorum of the old configuration that logged it', () => {
    const { ensemble, before } = proposed([3, 4, 5], [1, 2, 3]);
    for (const id of [3, 4, 5]) ensemble.crash(id);
    ensemble.heal();
    ensemble.run({ limitMs: 40 * TICK_MS });
    expect([1, 2].filter((id) => isWritable(ensemble, id))).toEqual([]);
    ensemble.start(4, 5);
    ensemble.run({ until: () => (ensemble.leader()?.disk.configuration?.version ?? 0n) > before, ...LONG });
    serving(ensemble, 4);
    write(ensemble, 4, '/new');
  });

  const subsets = [[3], [1, 3], [3, 4], [1, 3, 4], [1, 2, 3, 4, 5], [3, 4, 5], [1, 2, 3], [2, 3, 5]].map((logged) => ({
    logged,
  }));

  it.each(subsets)('never lets two sides of a partition write, logged by $logged', ({ logged }) => {
    const { ensemble } = proposed([3, 4, 5], logged);
    ensemble.heal();
    for (const left of [1, 2]) for (const right of [3, 4, 5]) ensemble.cut(left, right);
    // Links that broke, and limits that ran out, have been noticed; whoever leads now may go on.
    ensemble.run({ limitMs: 60 * TICK_MS });
    const active = [1, 2, 3, 4, 5].filter((id) => isWritable(ensemble, id));
    const sides = new Set(active.map((id) => (id <= 2 ? 'left' : 'right')));
    expect(sides.size).toBeLessThanOrEqual(1);
    ensemble.heal();
    ensemble.run({ until: () => ensemble.leader() !== undefined, ...LONG });
    ensemble.run({ limitMs: 20 * TICK_MS });
    const leader = ensemble.leader()?.id as number;
    write(ensemble, leader, '/after');
    for (const id of active) expect(has(ensemble, leader, `/side${id}`)).toBe(true);
  });

  it.each(subsets)('is settled one way or the other when all restart, logged by $logged', ({ logged }) => {
    const { ensemble, before } = proposed([3, 4, 5], logged);
    for (const id of [1, 2, 3, 4, 5]) ensemble.crash(id);
    ensemble.heal();
    ensemble.start(1, 2, 3, 4, 5);
    const votes = (): number[] =>
      (ensemble.leader()?.disk.configuration?.version ?? 0n) > before ? [3, 4, 5] : [1, 2, 3];
    ensemble.run({
      until: () => ensemble.leader() !== undefined && votes().every((id) => ensemble.peer(id).serving),
      ...LONG,
    });
    // Servers that the change left out may still have to notice.
    ensemble.run({ limitMs: 40 * TICK_MS });
    write(ensemble, votes()[1] as number, '/after');
    expect(has(ensemble, votes()[0] as number, '/old')).toBe(true);
    ensemble.run();
    const versions = votes().map((id) => ensemble.server(id).disk.configuration?.version);
    expect(new Set(versions).size).toBe(1);
  });
});
