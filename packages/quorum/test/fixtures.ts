import type { QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, LearnerType, ServerId } from '@zebu/protocol';

export const sid = (id: number): ServerId => id as ServerId;
export const sids = (...ids: number[]): ServerId[] => ids.map(sid);

export function ensembleOf(participants: readonly number[], observers: readonly number[] = []): Ensemble {
  const specification = (id: number, role: LearnerType) => ({
    id: sid(id),
    role,
    quorumAddress: { host: '127.0.0.1', port: 2888 + id },
    electionAddress: { host: '127.0.0.1', port: 3888 + id },
  });
  const servers = [
    ...participants.map((id) => specification(id, 'participant')),
    ...observers.map((id) => specification(id, 'observer')),
  ];
  return { version: 0n, servers: new Map(servers.map((server) => [server.id, server])) };
}

/** More than half of all weight: stands in for any verifier that is not a plain majority. */
export function weightedVerifier(weights: Readonly<Record<number, number>>): QuorumVerifier {
  const weightOf = (server: ServerId): number => weights[server] ?? 0;
  const voters = new Set(Object.keys(weights).map((id) => sid(Number(id))));
  const total = [...voters].reduce((sum, voter) => sum + weightOf(voter), 0);
  return {
    voters,
    weightOf,
    containsQuorum: (servers) =>
      2 * [...voters].filter((voter) => servers.has(voter)).reduce((sum, voter) => sum + weightOf(voter), 0) > total,
  };
}

export function* subsetsOf<T>(items: readonly T[]): Generator<T[]> {
  for (let bits = 0; bits < 1 << items.length; bits++) yield items.filter((_, index) => (bits >> index) & 1);
}

/** Every sequence of `length` items, each out of `items`. */
export function* sequencesOf<T>(items: readonly T[], length: number): Generator<T[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const head of sequencesOf(items, length - 1)) for (const item of items) yield [...head, item];
}
