// Servers, ensembles and dependencies for the elections that the suite runs.

import type { ElectionDependencies, QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, Epoch, LearnerType, ServerId, Vote, Zxid } from '@zebu/protocol';

export interface ElectionServer {
  readonly id: number;
  /** Last logged zxid; -1n means no history to vote with. */
  readonly zxid: bigint;
  readonly epoch: number;
  readonly role?: LearnerType;
  readonly weight?: number;
}

export interface SeededRandom {
  below(bound: number): number;
}

/** Mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return { below };
}

export function ensembleOf(servers: readonly ElectionServer[], version = 0n): Ensemble {
  const specifications = servers.map(({ id, role }) => ({
    id: id as ServerId,
    role: role ?? ('participant' as const),
    quorumAddress: { host: '127.0.0.1', port: 2888 + id },
    electionAddress: { host: '127.0.0.1', port: 3888 + id },
  }));
  return { version, servers: new Map(specifications.map((specification) => [specification.id, specification])) };
}

/** More than half of all weight. */
export function verifierOf(servers: readonly ElectionServer[]): QuorumVerifier {
  const voters = servers.filter((server) => server.role !== 'observer');
  const weights = new Map(voters.map((server) => [server.id as ServerId, server.weight ?? 1]));
  const weightIn = (set: ReadonlySet<ServerId>): number =>
    [...weights].reduce((sum, [id, weight]) => sum + (set.has(id) ? weight : 0), 0);
  const total = weightIn(new Set(weights.keys()));
  return {
    voters: new Set(weights.keys()),
    weightOf: (server) => weights.get(server) ?? 0,
    containsQuorum: (set) => 2 * weightIn(set) > total,
  };
}

export function dependenciesOf(self: number, servers: readonly ElectionServer[], seed = 1): ElectionDependencies {
  return {
    self: self as ServerId,
    ensemble: ensembleOf(servers),
    verifier: verifierOf(servers),
    random: seededRandom(seed),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  };
}

export const voteOf = ({ id, zxid, epoch }: ElectionServer): Vote => ({
  leader: id as ServerId,
  zxid: zxid as Zxid,
  peerEpoch: epoch as Epoch,
});

/** As discovery compares histories: the epoch first, then the zxid. */
export const isAheadOf = (one: ElectionServer, other: ElectionServer): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.zxid > other.zxid);
