// The servers of an ensemble, as zoo.cfg's server lines give them, and what their votes weigh.

import type { ServerId } from './identifiers.ts';

export type LearnerType = 'participant' | 'observer';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface PeerAddresses {
  readonly quorumAddress: ServerAddress;
  readonly electionAddress: ServerAddress;
}

export interface ServerSpecification extends PeerAddresses {
  readonly id: ServerId;
  readonly role: LearnerType;
  /** Where it is found, too: its other network interfaces. */
  readonly otherAddresses?: readonly PeerAddresses[];
  readonly clientAddress?: ServerAddress;
}

/** Groups and weights of hierarchical quorums; every participant is in one group and has a weight. */
export interface QuorumHierarchy {
  readonly groups: ReadonlyMap<number, readonly ServerId[]>;
  readonly weights: ReadonlyMap<ServerId, number>;
}

/** One version of the ensemble's membership: who belongs to it, where each is found, and whose votes make a quorum. */
export interface Ensemble {
  /** 0 until it is changed while running; then the zxid of the txn that changed it. */
  readonly version: bigint;
  readonly servers: ReadonlyMap<ServerId, ServerSpecification>;
  /** Undefined: every participant has one vote. */
  readonly hierarchy?: QuorumHierarchy | undefined;
}

export const votersOf = (ensemble: Ensemble): ServerId[] =>
  [...ensemble.servers.values()].filter((server) => server.role === 'participant').map((server) => server.id);

export const isVoter = (ensemble: Ensemble, id: ServerId): boolean => ensemble.servers.get(id)?.role === 'participant';

/** All places where a server is found, the first of its line first. */
export const addressesOf = ({
  quorumAddress,
  electionAddress,
  otherAddresses = [],
}: ServerSpecification): readonly PeerAddresses[] => [{ quorumAddress, electionAddress }, ...otherAddresses];

export const isSameAddress = (one: ServerAddress, other: ServerAddress): boolean =>
  one.host === other.host && one.port === other.port;
