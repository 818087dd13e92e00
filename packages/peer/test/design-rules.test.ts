// The safety rules of the design that a peer holds by itself, each named by its sentence.

import type { Election, ElectionDependencies } from '@zebu/interfaces';
import type { Millis, ServerId, Vote } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { FakeEnsemble, type Server, TICK_MS } from './harness/ensemble.ts';
import { TestClient } from './harness/test-client.ts';

/** A module that always answers that its own server leads. */
const electsItself = ({ self }: ElectionDependencies): Election => ({
  step: (input) =>
    input.type === 'look' ? [{ type: 'elected', vote: { ...input.vote, leader: self }, state: 'LEADING' }] : [],
  nextWakeup: () => undefined,
});

const LEADER = 3 as ServerId;

const typesOf = (server: Server): string[] => server.effects.map((effect) => effect.type);

function serving(ensemble: FakeEnsemble): FakeEnsemble {
  ensemble.start();
  ensemble.run({ until: () => [...ensemble.servers.values()].every((server) => server.peer?.serving === true) });
  return ensemble;
}

describe('Given these checks elections are advice: a bad election module can cost time, never data', () => {
  it('three servers that all elect themselves are never established, and go on', () => {
    const ensemble = new FakeEnsemble({ voters: 3, createElection: electsItself });
    ensemble.start();
    ensemble.run({ limitMs: 50 * TICK_MS });
    expect(ensemble.leader()).toBeUndefined();
    for (const server of ensemble.servers.values()) {
      expect(server.peer?.serving).toBe(false);
      expect(typesOf(server)).not.toContain('logTxns');
    }
  });

  it('a server that is elected to follow itself refuses, and looks again later', () => {
    const followsItself = (dependencies: ElectionDependencies): Election => ({
      ...electsItself(dependencies),
      step: (input) => (input.type === 'look' ? [{ type: 'elected', vote: input.vote, state: 'FOLLOWING' }] : []),
    });
    const ensemble = new FakeEnsemble({ voters: 3, createElection: followsItself });
    ensemble.start();
    ensemble.run({ limitMs: 10 * TICK_MS });
    for (const server of ensemble.servers.values()) {
      expect(server.peer?.view().state).toBe('LOOKING');
      expect(typesOf(server)).not.toContain('connect');
    }
  });
});

describe('a server that refused what its election said', () => {
  /** Answers 1 and 2 with what cannot be, and a moment later with server 3. */
  const thinksAgain =
    (looking: ServerId[]) =>
    ({ self }: ElectionDependencies): Election => {
      let vote: Vote | undefined;
      let againAt: Millis | undefined;
      return {
        step: (input, now) => {
          if (input.type === 'look') {
            looking.push(self);
            vote = { ...input.vote, leader: LEADER };
            if (self === LEADER) return [{ type: 'elected', vote, state: 'LEADING' }];
            againAt = now + 1;
            return [{ type: 'elected', vote: input.vote, state: 'FOLLOWING' }];
          }
          if (vote === undefined || againAt === undefined || now < againAt) return [];
          againAt = undefined;
          return [{ type: 'elected', vote, state: 'FOLLOWING' }];
        },
        nextWakeup: () => againAt,
      };
    };

  it('does not look again when it follows meanwhile', () => {
    const looking: ServerId[] = [];
    const ensemble = serving(new FakeEnsemble({ voters: 3, createElection: thinksAgain(looking) }));
    ensemble.run({ limitMs: 10 * TICK_MS });
    expect([...looking].sort((one, other) => one - other)).toEqual([1, 2, 3]);
    expect([1, 2].map((id) => ensemble.peer(id).view().state)).toEqual(['FOLLOWING', 'FOLLOWING']);
  });
});

it('A non-voter refuses LEADING', () => {
  const ensemble = new FakeEnsemble({ voters: 1, observers: 1, createElection: electsItself });
  ensemble.start();
  ensemble.run({ limitMs: 20 * TICK_MS });
  expect(ensemble.peer(1).view().zabState).toBe('BROADCAST');
  expect(ensemble.peer(2).view().state).toBe('LOOKING');
  expect(typesOf(ensemble.server(2))).not.toContain('writeAcceptedEpoch');
});

it('On leaving a leader, pending writes are fenced first, then lastZxid is read from the log', () => {
  const ensemble = serving(new FakeEnsemble({ voters: 3 }));
  const follower = ensemble.server(1);
  follower.effects = [];
  ensemble.crash(3);
  ensemble.run({ until: () => typesOf(follower).includes('fence'), limitMs: 50 * TICK_MS });
  expect(typesOf(follower)).not.toContain('sendNotification');
  ensemble.run({ until: () => ensemble.leader() !== undefined, limitMs: 50 * TICK_MS });
  expect(typesOf(follower).indexOf('fence')).toBeLessThan(typesOf(follower).indexOf('sendNotification'));
});

it('The tree is kept if its last applied zxid lies on that log, else reloaded', () => {
  const ensemble = serving(new FakeEnsemble({ voters: 3 }));
  const client = new TestClient(ensemble, 3);
  client.connect();
  client.await(client.create('/committed'));
  ensemble.run();
  for (const [loses, restores] of [
    [false, false],
    [true, true],
  ]) {
    const server = ensemble.server(1);
    // A disk that forgets what the tree holds: the log is then shorter than memory.
    if (loses === true) server.disk.log.length = server.disk.flushedCount = server.disk.log.length - 1;
    server.effects = [];
    ensemble.post(server, { type: 'storageFailed', reason: 'EIO' });
    ensemble.run({ until: () => server.peer?.serving === true, limitMs: 50 * TICK_MS });
    expect(typesOf(server).includes('restore')).toBe(restores);
  }
  ensemble.run();
  expect(ensemble.peer(1).view().treeDigest).toBe(ensemble.peer(3).view().treeDigest);
});

it('No snapshot is taken of txns not known to be committed (none between start and establishment)', () => {
  const ensemble = serving(new FakeEnsemble({ voters: 3, snapCount: 4 }));
  const client = new TestClient(ensemble, 3);
  client.connect();
  for (let n = 0; n < 30; n++) client.await(client.create(`/n${n}`));
  ensemble.run();
  for (const id of [1, 2, 3]) ensemble.crash(id);
  for (const server of ensemble.servers.values()) server.effects = [];
  ensemble.start();
  let beforeServing = 0;
  ensemble.run({
    until: () => {
      for (const server of ensemble.servers.values()) {
        if (server.peer?.serving !== true)
          beforeServing += typesOf(server).filter((type) => type === 'takeSnapshot').length;
      }
      return [1, 2, 3].every((id) => ensemble.peer(id).serving);
    },
    limitMs: 50 * TICK_MS,
  });
  expect(beforeServing).toBe(0);
  const again = new TestClient(ensemble, 3);
  again.connect();
  for (let n = 0; n < 10; n++) again.await(again.create(`/m${n}`));
  expect(typesOf(ensemble.server(3))).toContain('takeSnapshot');
});

it('A late tick judges nobody: deadlines move by the stall', () => {
  const ensemble = serving(new FakeEnsemble({ voters: 3 }));
  ensemble.now += 10_000 * TICK_MS;
  ensemble.tick();
  ensemble.run({ limitMs: 2 * TICK_MS });
  expect(ensemble.leader()?.id).toBe(3);
  expect([1, 2, 3].map((id) => ensemble.peer(id).serving)).toEqual([true, true, true]);
});
