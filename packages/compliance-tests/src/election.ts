// What every election module must do, seen through the Election port alone. Which history wins, how many messages that takes and what they
// say is the module's own affair, as long as a leader comes out that its voters can follow.

import type { Election, ElectionDependencies, ElectionEffect } from '@zebu/interfaces';
import {
  type Epoch,
  MAX_NOTIFICATION_EXTENSION_BYTES,
  type Millis,
  type Notification,
  type ServerId,
  type ServerState,
  type Vote,
  type Zxid,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { ElectionNetwork, type NetworkFaults, NO_FAULTS } from './election-network.ts';
import {
  dependenciesOf,
  type ElectionServer,
  ensembleOf,
  seededRandom,
  verifierOf,
  voteOf,
} from './election-servers.ts';

export interface ElectionFixture {
  /** A fresh module for one server. */
  create(dependencies: ElectionDependencies): Election;
  /** The longest that servers which reach each other may take to agree, in simulated time; 60 s unless said otherwise. */
  readonly patienceMs?: Millis;
}

const SEEDS = 50;
const LOSSY: NetworkFaults = { loss: 0.2, duplication: 0.2, delayMs: 30, reordering: true };

const voters = (count: number, zxid = 0x100000005n): ElectionServer[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, zxid, epoch: 1 }));

/** Runs the suite that every implementation of the Election port passes. */
export function electionCompliance(name: string, setup: () => Promise<ElectionFixture>): void {
  describe(`Election: ${name}`, () => {
    const networkOf = async (
      servers: readonly ElectionServer[],
      options: { seed?: number; faults?: NetworkFaults } = {},
    ) => {
      const fixture = await setup();
      const create = (dependencies: ElectionDependencies) => fixture.create(dependencies);
      const network = new ElectionNetwork(create, servers, { seed: 1, faults: NO_FAULTS, ...options });
      const patience = fixture.patienceMs ?? 60_000;
      const agree = (): ServerId | undefined => {
        network.run(() => network.commonLeader() !== undefined, patience);
        expect(network.violations).toEqual([]);
        return network.commonLeader();
      };
      return { network, agree, patience };
    };
    const looking = async (self: number, servers: readonly ElectionServer[]) => {
      const election = (await setup()).create(dependenciesOf(self, servers));
      const effects = election.step({ type: 'look', vote: voteOf(find(servers, self)) }, 0);
      return { election, effects };
    };

    describe('agreement', () => {
      for (const count of [1, 2, 3, 5, 7]) {
        it(`${count} voters that look elect one leader, who leads while the others follow`, async () => {
          const servers = voters(count);
          const { network, agree } = await networkOf(servers);
          network.start(...servers.map((server) => server.id));
          const leader = agree();
          expect(leader).toBeDefined();
          for (const { id } of servers) expect(network.node(id).state).toBe(id === leader ? 'LEADING' : 'FOLLOWING');
        });
      }

      it('voters with different histories elect one whose history is behind no quorum', async () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const random = seededRandom(seed);
          const servers = voters(5).map((server) => ({
            ...server,
            zxid: BigInt(random.below(4)),
            epoch: random.below(3),
          }));
          const { network, agree } = await networkOf(servers, { seed, faults: { ...NO_FAULTS, delayMs: 50 } });
          network.start(1, 2, 3, 4, 5);
          expect(agree(), `seed ${seed}`).toBeDefined();
        }
      });

      it('a majority elects without the rest, and a minority never does', async () => {
        const { network, agree, patience } = await networkOf(voters(5));
        network.start(1, 2);
        network.run(() => false, patience);
        expect([network.node(1).state, network.node(2).state]).toEqual(['LOOKING', 'LOOKING']);
        network.start(3);
        expect(agree()).toBeDefined();
      });

      it('when the leader is gone the others elect another, and it follows when it comes back', async () => {
        const { network, agree } = await networkOf(voters(3));
        network.start(1, 2, 3);
        const first = agree() as ServerId;
        network.stop(first);
        const second = agree();
        expect(second).toBeDefined();
        expect(second).not.toBe(first);
        network.start(first);
        expect(agree()).toBe(second);
      });
    });

    describe('liveness', () => {
      it('agrees though notifications are lost, duplicated and reordered, once the network is sound again', async () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const { network, agree, patience } = await networkOf(voters(3 + 2 * (seed % 2)), { seed, faults: LOSSY });
          network.start(1, 2, 3);
          network.run(() => false, patience / 10);
          network.faults = NO_FAULTS;
          expect(agree(), `seed ${seed}`).toBeDefined();
        }
      });

      it('agrees while they are lost, duplicated and reordered', async () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const { network, agree } = await networkOf(voters(3), { seed, faults: LOSSY });
          network.start(1, 2, 3);
          expect(agree(), `seed ${seed}`).toBeDefined();
        }
      });

      it('agrees though servers stop and start in the middle of elections', async () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const random = seededRandom(seed);
          const { network, agree } = await networkOf(voters(5), { seed, faults: { ...NO_FAULTS, delayMs: 20 } });
          network.start(1, 2, 3, 4, 5);
          for (let round = 0; round < 10; round++) {
            network.run(() => false, random.below(60));
            const id = 1 + random.below(5);
            if (network.node(id).up) network.stop(id);
            else network.start(id);
          }
          for (let id = 1; id <= 5; id++) if (!network.node(id).up) network.start(id);
          expect(agree(), `seed ${seed}`).toBeDefined();
        }
      });
    });

    describe('who may lead', () => {
      const ineligible: readonly (readonly [string, ElectionServer])[] = [
        ['an observer', { id: 9, zxid: 0x900000000n, epoch: 9, role: 'observer' }],
        ['a voter of weight 0', { id: 9, zxid: 0x900000000n, epoch: 9, weight: 0 }],
        ['a voter without a history (zxid -1)', { id: 9, zxid: -1n, epoch: 9 }],
      ];
      for (const [description, server] of ineligible) {
        it(`never ${description}, though it would follow`, async () => {
          const { network, agree } = await networkOf([...voters(3), server]);
          network.start(9, 1, 2, 3);
          expect([1, 2, 3]).toContain(agree());
        });

        it(`never ${description}, on whosever word`, async () => {
          const servers = [...voters(3), server];
          await expectNotElected(servers, { ...voteOf(server), zxid: 0x900000000n as Zxid }, server.zxid === -1n);
        });
      }

      it('never a stranger, on whosever word', async () => {
        await expectNotElected(voters(3), { leader: 77 as ServerId, zxid: 5n as Zxid, peerEpoch: 9 as Epoch }, false);
      });

      it('never a voter that is said to have zxid -1, on whosever word', async () => {
        await expectNotElected(voters(3), { leader: 3 as ServerId, zxid: -1n as Zxid, peerEpoch: 9 as Epoch }, false);
      });

      it('voters without a history are not counted: one with and two without elect nobody', async () => {
        const servers = voters(3).map((server) => (server.id === 1 ? server : { ...server, zxid: -1n }));
        const { network, patience } = await networkOf(servers);
        network.start(1, 2, 3);
        network.run(() => false, patience);
        expect(network.violations).toEqual([]);
        expect([1, 2, 3].map((id) => network.node(id).state)).toEqual(['LOOKING', 'LOOKING', 'LOOKING']);
      });

      /** Voters 1..3 claim everything that could be claimed of `vote`; the server that hears it must not believe it. */
      async function expectNotElected(
        servers: readonly ElectionServer[],
        vote: Vote,
        toItself: boolean,
      ): Promise<void> {
        const self = toItself ? (vote.leader as number) : 1;
        const states: readonly ServerState[] = ['LOOKING', 'FOLLOWING', 'LEADING'];
        for (const state of states) {
          const { election } = await looking(self, servers);
          for (let electionEpoch = 0n; electionEpoch < 4n; electionEpoch++) {
            for (const from of [2, 3, vote.leader] as ServerId[]) {
              if (from === self) continue;
              const claimed = from === vote.leader ? 'LEADING' : state;
              const notification: Notification = { state: claimed, vote, electionEpoch, configVersion: 0n };
              const effects = election.step({ type: 'notification', from, notification }, 1);
              expect(electedIn(effects)?.vote.leader).not.toBe(vote.leader);
            }
          }
        }
      }
    });

    describe('late comers', () => {
      const late: readonly ElectionServer[] = [
        { id: 4, zxid: 0x100000005n, epoch: 1 },
        { id: 5, zxid: 0x100000099n, epoch: 1 },
        { id: 6, zxid: 0n, epoch: 0, role: 'observer' },
      ];

      it('are told of the leader, voters and observers, and unseat nobody', async () => {
        const servers = [...voters(3), ...late];
        const { network, agree } = await networkOf(servers);
        network.start(1, 2, 3);
        const leader = agree();
        const elections = electionsOf(network, [1, 2, 3]);
        for (const { id } of late) {
          network.start(id);
          expect(agree()).toBe(leader);
        }
        expect(late.map(({ id }) => network.node(id).state)).toEqual(['FOLLOWING', 'FOLLOWING', 'OBSERVING']);
        expect(electionsOf(network, [1, 2, 3])).toBe(elections);
      });

      it('an observer that was there first hears of the leader too', async () => {
        const { network, agree } = await networkOf([...voters(3), ...late]);
        network.start(6);
        network.run(() => false, 5000);
        network.start(1, 2, 3);
        expect(agree()).toBeDefined();
        expect(network.node(6).state).toBe('OBSERVING');
      });
    });

    describe('manners', () => {
      it('does nothing before it is told to look', async () => {
        const election = (await setup()).create(dependenciesOf(1, voters(3)));
        expect(election.nextWakeup()).toBeUndefined();
        const effects = [
          ...election.step({ type: 'tick' }, 10),
          ...election.step({ type: 'linkUp', peer: 2 as ServerId }, 10),
          ...election.step({ type: 'linkDown', peer: 2 as ServerId }, 10),
          ...election.step({ type: 'notification', from: 2 as ServerId, notification: said(2, 'LEADING') }, 10),
          ...election.step({ type: 'notification', from: 3 as ServerId, notification: said(2, 'FOLLOWING') }, 10),
        ];
        expect(effects).toEqual([]);
      });

      it('is quiet when it does not look: no wake-up, and nothing to say unless somebody who looks asks', async () => {
        const { network, agree } = await networkOf(voters(3));
        network.start(1, 2, 3);
        const leader = agree() as ServerId;
        const { election } = network.node(leader);
        expect(election.nextWakeup()).toBeUndefined();
        const others = [1, 2, 3].filter((id) => id !== leader) as ServerId[];
        const effects = others.flatMap((peer) => [
          ...election.step({ type: 'tick' }, network.now + 100_000),
          ...election.step({ type: 'notification', from: peer, notification: said(leader, 'FOLLOWING') }, network.now),
          ...election.step({ type: 'linkDown', peer }, network.now),
          ...election.step({ type: 'linkUp', peer }, network.now),
        ]);
        expect(effects).toEqual([]);
      });

      it('answers one that looks, and only that one', async () => {
        const { network, agree } = await networkOf(voters(3));
        network.start(1, 2, 3);
        const leader = agree() as ServerId;
        const from = (leader === 1 ? 2 : 1) as ServerId;
        const notification = said(from, 'LOOKING');
        const effects = network.node(leader).election.step({ type: 'notification', from, notification }, network.now);
        expect(effects.map((effect) => (effect.type === 'send' ? effect.to : effect.type))).toEqual([from]);
      });

      it('wants to be woken while it looks, later each time it was, and says nothing new when woken too early', async () => {
        const { election, effects } = await looking(1, voters(3));
        expect(electedIn(effects)).toBeUndefined();
        let now = 0;
        for (let round = 0; round < 20; round++) {
          const wakeup = election.nextWakeup();
          expect(wakeup).toBeGreaterThan(now);
          expect(election.step({ type: 'tick' }, ((wakeup as number) + now) / 2)).toEqual([]);
          expect(election.nextWakeup()).toBe(wakeup);
          now = wakeup as number;
          election.step({ type: 'tick' }, now);
        }
      });

      it('is deterministic: the same inputs at the same times give the same effects', async () => {
        const fixture = await setup();
        const servers = voters(5);
        const { network, agree } = await networkOf(servers, { seed: 7, faults: LOSSY });
        network.start(1, 2, 3, 4, 5);
        agree();
        for (const { id } of servers) {
          const again = fixture.create(dependenciesOf(id, servers, 7));
          for (const { input, now, effects, nextWakeup } of network.node(id).steps) {
            expect(again.step(input, now)).toEqual(effects);
            expect(again.nextWakeup()).toBe(nextWakeup);
          }
        }
      });

      it('elects by a new configuration as soon as it is told of one', async () => {
        const before: ElectionServer[] = [...voters(2), { id: 3, zxid: 0n, epoch: 0 }];
        const { election } = await looking(1, before);
        const after = voters(1);
        const input = {
          type: 'configurationChanged',
          ensemble: ensembleOf(after, 1n),
          verifier: verifierOf(after),
        } as const;
        const effects = election.step(input, 10);
        const later = electedIn(effects) ?? electedIn(tickUntil(election, 60_000));
        expect(later?.state).toBe('LEADING');
      });

      it('keeps its extension within bounds', async () => {
        const { network, agree } = await networkOf(voters(5), { faults: LOSSY });
        network.start(1, 2, 3, 4, 5);
        agree();
        const sizes = [1, 2, 3, 4, 5].flatMap((id) =>
          notificationsOf(network, id).map((sent) => sent.extension?.length ?? 0),
        );
        expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_NOTIFICATION_EXTENSION_BYTES);
      });
    });

    describe('garbage', () => {
      it('does not throw, does not flood and still elects after notifications that make no sense', async () => {
        const { network, agree } = await networkOf([...voters(3), { id: 9, zxid: 0n, epoch: 0, role: 'observer' }]);
        network.start(1, 2);
        for (const [from, notification] of garbage()) network.inject(1, from, notification);
        // At most a word to each server, and the end of the round.
        for (const { effects } of network.node(1).steps) expect(effects.length).toBeLessThanOrEqual(5);
        network.start(3);
        expect(agree()).toBeDefined();
      });
    });
  });
}

const find = (servers: readonly ElectionServer[], id: number): ElectionServer =>
  servers.find((server) => server.id === id) as ElectionServer;

const electedIn = (effects: readonly ElectionEffect[]) => effects.find((effect) => effect.type === 'elected');

const said = (leader: number, state: ServerState): Notification => ({
  state,
  vote: { leader: leader as ServerId, zxid: 0x100000005n as Zxid, peerEpoch: 1 as Epoch },
  electionEpoch: 1n,
  configVersion: 0n,
});

function tickUntil(election: Election, limit: Millis): ElectionEffect[] {
  const effects: ElectionEffect[] = [];
  for (let wakeup = election.nextWakeup(); wakeup !== undefined && wakeup <= limit; wakeup = election.nextWakeup()) {
    effects.push(...election.step({ type: 'tick' }, wakeup));
  }
  return effects;
}

function electionsOf(network: ElectionNetwork, ids: readonly number[]): number {
  const effects = ids.flatMap((id) => network.node(id).steps.flatMap((step) => step.effects));
  return effects.filter((effect) => effect.type === 'elected').length;
}

function notificationsOf(network: ElectionNetwork, id: number): Notification[] {
  const effects = network.node(id).steps.flatMap((step) => step.effects);
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.notification] : []));
}

/** Well-typed, as a transport hands it over, and senseless. */
function garbage(): [ServerId, Notification][] {
  const states: readonly ServerState[] = ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'];
  const extremes = [-(2n ** 63n), -1n, 2n ** 63n - 1n];
  const messages = states.flatMap((state) => [
    ...extremes.map((electionEpoch) => ({ ...said(2, state), electionEpoch })),
    ...extremes.map((zxid) => ({ ...said(77, state), vote: { ...said(77, state).vote, zxid: zxid as Zxid } })),
    { ...said(-1, state), configVersion: 2n ** 63n - 1n },
    { ...said(Number.NaN, state), extension: new Uint8Array(1 << 20) },
  ]);
  const senders = [2, 3, 9, 77, -1, Number.NaN] as ServerId[];
  return senders.flatMap((from) => messages.map((message): [ServerId, Notification] => [from, message]));
}
