// What is preferred, and what is not, in whole ensembles of stand-in peers.

import { ElectionNetwork, type ElectionServer, NO_FAULTS } from '@zebu/compliance-tests/election-network';
import type { ServerId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { createPreferredElection, type PreferredElectionOptions, preferredElectionOptions } from '../src/index.ts';
import { seededRandom } from './random.ts';

/** Simulated; far more than any of these elections takes. */
const PATIENCE_MS = 30_000;

interface Setup extends ElectionServer {
  readonly priority: number;
}

const server = (id: number, priority = 0, more: Partial<ElectionServer> = {}): Setup => ({
  id,
  zxid: 0x100000005n,
  epoch: 1,
  priority,
  ...more,
});

function ensemble(setups: readonly Setup[], options: Partial<PreferredElectionOptions> = {}, seed = 1) {
  const priorities = new Map(setups.map(({ id, priority }) => [id as ServerId, priority]));
  const parsed = preferredElectionOptions({ priorities, ...options });
  const network = new ElectionNetwork((needs) => createPreferredElection(needs, parsed), setups, {
    seed,
    faults: NO_FAULTS,
  });
  const agree = (): number | undefined => {
    network.run(() => network.commonLeader() !== undefined, PATIENCE_MS);
    expect(network.violations).toEqual([]);
    return network.commonLeader();
  };
  const electionCount = (): number =>
    setups
      .flatMap(({ id }) => network.node(id).steps.flatMap((step) => step.effects))
      .filter((effect) => effect.type === 'elected').length;
  return { network, agree, electionCount };
}

const behind = { zxid: 0x100000004n };
const newerEpoch = { zxid: 0x200000000n, epoch: 2 };

describe('who leads', () => {
  it('the server with the highest priority', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3, 5)]);
    network.start(1, 2, 3);
    expect(agree()).toBe(1);
  });

  it('among equals the one with the newest history, and among those the highest id', () => {
    const { network, agree } = ensemble([server(1), server(2), server(3, 0, behind)]);
    network.start(1, 2, 3);
    expect(agree()).toBe(2);
  });

  it('the preferred one of five, although one server is ahead of it: a quorum is not', () => {
    const { network, agree } = ensemble([
      server(1, 10),
      server(2),
      server(3),
      server(4),
      server(5, 0, { zxid: 0x100000009n }),
    ]);
    network.start(1, 2, 3, 4, 5);
    expect(agree()).toBe(1);
  });

  it.each([
    ['zxid', server(1, 10, behind), server(2), server(3)],
    ['epoch', server(1, 10), server(2, 0, newerEpoch), server(3, 0, newerEpoch)],
  ])('another, where a quorum is ahead of the preferred one by its %s', (_what, ...servers) => {
    const { network, agree } = ensemble(servers);
    network.start(1, 2, 3);
    expect(agree()).toBe(3);
  });

  it('another, when the preferred one has no history or no weight, or is an observer', () => {
    for (const flaw of [{ zxid: -1n }, { weight: 0 }, { role: 'observer' as const }]) {
      const { network, agree } = ensemble([server(1), server(2), server(3), server(9, 10, flaw)]);
      network.start(9, 1, 2, 3);
      expect(agree()).toBe(3);
    }
  });

  it('the most preferred of those that a quorum lets lead, whatever the histories and priorities', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const setups = Array.from({ length: [3, 4, 5, 7][random.below(4)] as number }, (_, index) =>
        server(index + 1, random.below(3), { zxid: BigInt(random.below(4)), epoch: random.below(2) }),
      );
      const { network, agree } = ensemble(setups, {}, seed);
      network.faults = { ...NO_FAULTS, delayMs: 40 };
      network.start(...setups.map(({ id }) => id));
      expect({ seed, leader: agree() }).toEqual({ seed, leader: bestOf(setups) });
    }
  });
});

describe('no flapping', () => {
  it('a leader is not unseated when a preferred server comes, or comes back', () => {
    const { network, agree, electionCount } = ensemble([server(1, 10), server(2), server(3)]);
    network.start(2, 3);
    expect(agree()).toBe(3);
    network.start(1);
    expect(agree()).toBe(3);
    expect(electionCount()).toBe(3);
    network.stop(1);
    network.start(1);
    expect(agree()).toBe(3);
  });

  it('it leads at the next occasion', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3)]);
    network.start(2, 3);
    agree();
    network.start(1);
    agree();
    network.stop(3);
    expect(agree()).toBe(1);
  });
});

describe('how long it waits', () => {
  it('not at all, when all have spoken', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3)]);
    network.start(1, 2, 3);
    agree();
    expect(network.now).toBe(0);
  });

  it('not at all for a preferred server that is known to be away', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3)]);
    network.start(1, 2, 3);
    agree();
    network.stop(1);
    expect(agree()).toBe(3);
    const { steps, decidedAt } = network.node(3);
    expect(decidedAt).toBe(steps.findLast(({ input }) => input.type === 'look')?.now);
  });

  it('preferredWait for a preferred server not heard of, finalizeWait for others', () => {
    const waits = { finalizeWaitMs: 150, preferredWaitMs: 900 };
    const preferredAway = ensemble([server(1, 10), server(2), server(3)], waits);
    preferredAway.network.start(2, 3);
    expect(preferredAway.agree()).toBe(3);
    expect(preferredAway.network.now).toBe(900);
    const otherAway = ensemble([server(1), server(2, 10), server(3)], waits);
    otherAway.network.start(2, 3);
    expect(otherAway.agree()).toBe(2);
    expect(otherAway.network.now).toBe(150);
  });

  it('long enough for one that is late to lead', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3)]);
    network.start(2, 3);
    network.run(() => false, 500);
    network.start(1);
    expect(agree()).toBe(1);
  });
});

describe('a network that is cut in part', () => {
  it('a preferred server that reaches no quorum does not stand, and holds nobody up', () => {
    const { network, agree } = ensemble([server(1, 10), server(2), server(3), server(4), server(5)]);
    for (const other of [3, 4, 5]) network.cut(1, other);
    network.start(1, 2, 3, 4, 5);
    network.run(() => [2, 3, 4, 5].every((id) => network.node(id).state !== 'LOOKING'), PATIENCE_MS);
    expect([1, 2, 3, 4, 5].map((id) => network.node(id).state)).toEqual([
      'LOOKING',
      'FOLLOWING',
      'FOLLOWING',
      'FOLLOWING',
      'LEADING',
    ]);
    for (const other of [3, 4, 5]) network.heal(1, other);
    expect(agree()).toBe(5);
  });

  it('agrees after any cuts, losses and restarts once the network is whole again', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed);
      const ids = [1, 2, 3, 4, 5];
      const { network, agree } = ensemble(
        ids.map((id) => server(id, random.below(3) * 10)),
        {},
        seed,
      );
      network.faults = { loss: 0.1, duplication: 0.1, delayMs: 20, reordering: true };
      network.start(...ids);
      const cuts = new Set<string>();
      for (let step = 0; step < 15; step++) {
        network.run(() => false, random.below(300));
        const [one, other] = [1 + random.below(5), 1 + random.below(5)];
        if (random.below(3) === 0) {
          if (network.node(one).up) network.stop(one);
          else network.start(one);
        } else if (one !== other && !cuts.delete(`${one} ${other}`)) {
          cuts.add(`${one} ${other}`);
          network.cut(one, other);
        } else if (one !== other) network.heal(one, other);
      }
      for (const cut of cuts) network.heal(...(cut.split(' ').map(Number) as [number, number]));
      for (const id of ids) if (!network.node(id).up) network.start(id);
      expect(agree(), `seed ${seed}`).toBeDefined();
    }
  });
});

/** The rule, said slowly: candidates are those that a quorum is not ahead of. */
function bestOf(setups: readonly Setup[]): number {
  const isAhead = (one: Setup, other: Setup): boolean =>
    one.epoch > other.epoch || (one.epoch === other.epoch && one.zxid > other.zxid);
  const candidates = setups.filter(
    (each) => 2 * setups.filter((other) => !isAhead(other, each)).length > setups.length,
  );
  const [best] = candidates.toSorted(
    (one, other) =>
      other.priority - one.priority || other.epoch - one.epoch || Number(other.zxid - one.zxid) || other.id - one.id,
  );
  return (best as Setup).id;
}
