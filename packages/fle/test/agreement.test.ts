import type { Epoch, ServerId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { fastLeaderElectionOptions } from '../src/index.ts';
import { isBetterVote } from '../src/vote-order.ts';
import { seededRandom } from './random.ts';
import { type ServerSetup, SimulatedEnsemble, verifierOf } from './simulated-ensemble.ts';
import { StandInPeers } from './stand-in-peers.ts';

const SEEDS = 300;
/** Far more than needed: a busy machine must not fail a test that knows no wall time. */
const TIMEOUT_MS = 60_000;

type Random = ReturnType<typeof seededRandom>;

function randomSetups(random: Random): ServerSetup[] {
  const voterCount = [1, 2, 3, 3, 4, 5, 5, 7][random.below(8)] as number;
  const observerCount = random.below(3);
  return Array.from({ length: voterCount + observerCount }, (_, index) => {
    const id = (index + 1) as ServerId;
    const peerEpoch = random.below(3) as Epoch;
    const zxid = ((BigInt(peerEpoch) << 32n) | BigInt(random.below(3))) as Zxid;
    return {
      id,
      vote: { leader: id, zxid, peerEpoch },
      role: index < voterCount ? 'participant' : 'observer',
      weight: 1,
    };
  });
}

/** Anything that can happen to a network and to processes, in any order. */
function disturb(ensemble: SimulatedEnsemble, random: Random): void {
  const pick = (): ServerId => ensemble.ids[random.below(ensemble.ids.length)] as ServerId;
  const [one, other] = [pick(), pick()];
  const server = ensemble.server(one);
  switch (random.below(8)) {
    case 0:
      if (one !== other && !ensemble.isCut(one, other)) ensemble.linkDown(one, other);
      break;
    case 1:
      if (ensemble.isCut(one, other)) ensemble.linkUp(one, other);
      break;
    case 2:
      if (server.up) ensemble.crash(one, { noticed: random.chance(0.7) });
      break;
    case 3:
    case 4:
      if (!server.up) ensemble.start(one);
      break;
    case 5:
      server.frozen = server.up && random.chance(0.5);
      break;
    case 6:
      ensemble.queue(one, other).shift();
      break;
    default: {
      const queue = ensemble.queue(one, other);
      if (queue[0] !== undefined) queue.splice(random.below(queue.length), 0, queue[0]);
    }
  }
}

function repair(ensemble: SimulatedEnsemble): void {
  for (const id of ensemble.ids) {
    ensemble.server(id).frozen = false;
    if (!ensemble.server(id).up) ensemble.start(id);
  }
  for (const one of ensemble.ids) for (const other of ensemble.ids) if (one < other) ensemble.linkUp(one, other);
}

/** The leader of all, if there is one that leads and everybody else follows. */
function commonLeader(ensemble: SimulatedEnsemble): ServerId | undefined {
  const servers = [...ensemble.servers.values()];
  const leader = servers.find((server) => server.state === 'LEADING');
  const agreed = servers.every((server) => server.state !== 'LOOKING' && server.leader === leader?.id);
  return agreed ? leader?.id : undefined;
}

function chaosThenRepair(seed: number): void {
  const random = seededRandom(seed);
  const setups = randomSetups(random);
  const verifier = verifierOf(setups);
  const ensemble = new SimulatedEnsemble(setups, fastLeaderElectionOptions({ maxNotificationIntervalMs: 2000 }));
  const peers = new StandInPeers(ensemble, (servers) => verifier.containsQuorum(servers));
  for (let step = 0; step < 300; step++) {
    if (random.chance(0.1)) disturb(ensemble, random);
    if (random.chance(0.2)) peers.step();
    if (random.chance(0.1)) ensemble.advanceTo(ensemble.now + random.below(300));
    const deliveries = ensemble.deliverable();
    const delivery = deliveries[random.below(deliveries.length)];
    if (delivery !== undefined) ensemble.deliver(delivery);
  }
  repair(ensemble);
  const limit = ensemble.now + 20_000;
  for (;;) {
    ensemble.deliverAll();
    if (peers.step()) continue;
    const agreed = commonLeader(ensemble);
    if (agreed !== undefined && peers.isEstablished(agreed)) break;
    const next = Math.min(ensemble.nextWakeup() ?? Number.POSITIVE_INFINITY, peers.nextDeadline());
    if (next > limit) break;
    ensemble.advanceTo(Math.max(next, ensemble.now));
  }
  const leader = commonLeader(ensemble);
  if (leader === undefined) expect.fail(`seed ${seed}: ${describeStates(ensemble)} at ${ensemble.now} ms`);
  expect(verifier.voters.has(leader), `seed ${seed}`).toBe(true);
}

const describeStates = (ensemble: SimulatedEnsemble): string =>
  [...ensemble.servers.values()].map(({ id, state, leader }) => `${id} ${state} ${leader ?? ''}`).join(', ');

describe('agreement', () => {
  it(
    'whatever happened before, connected servers agree on one leader (300 seeds)',
    () => {
      for (let seed = 0; seed < SEEDS; seed++) chaosThenRepair(seed);
    },
    TIMEOUT_MS,
  );

  it(
    'in any order of delivery without loss, all elect the voter with the best history, and nobody waits (300 seeds)',
    () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = seededRandom(seed);
        const setups = randomSetups(random);
        const ensemble = new SimulatedEnsemble(setups, fastLeaderElectionOptions());
        const toStart = ensemble.ids.filter((id) => ensemble.server(id).setup.role === 'participant');
        const observers = ensemble.ids.filter((id) => !toStart.includes(id));
        while (toStart.length > 0 || ensemble.deliverable().length > 0) {
          if (toStart.length > 0 && random.chance(0.2))
            ensemble.look(toStart.splice(random.below(toStart.length), 1)[0] as ServerId);
          const deliveries = ensemble.deliverable();
          if (deliveries.length > 0) ensemble.deliver(deliveries[random.below(deliveries.length)] as never);
        }
        for (const observer of observers) ensemble.look(observer);
        ensemble.deliverAll();
        const voters = setups.filter((setup) => setup.role === 'participant');
        const best = voters.reduce((one, other) => (isBetterVote(other.vote, one.vote) ? other : one));
        expect(commonLeader(ensemble), `seed ${seed}: ${describeStates(ensemble)}`).toBe(best.id);
      }
    },
    TIMEOUT_MS,
  );
});
