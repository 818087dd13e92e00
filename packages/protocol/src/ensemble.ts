// The servers of an ensemble, as zoo.cfg's server lines give them.

import type { ServerId } from './identifiers.ts';

export type LearnerType = 'participant' | 'observer';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ServerSpecification {
  readonly id: ServerId;
  readonly role: LearnerType;
  readonly quorumAddress: ServerAddress;
  readonly electionAddress: ServerAddress;
  readonly clientAddress?: ServerAddress;
}

/** One version of the ensemble's membership. */
export interface Ensemble {
  readonly version: bigint;
  readonly servers: ReadonlyMap<ServerId, ServerSpecification>;
}

export const votersOf = (ensemble: Ensemble): ServerId[] =>
  [...ensemble.servers.values()].filter((server) => server.role === 'participant').map((server) => server.id);

export const isVoter = (ensemble: Ensemble, id: ServerId): boolean => ensemble.servers.get(id)?.role === 'participant';
