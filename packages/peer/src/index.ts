export { type ContainerOptions, DEFAULT_CONTAINER_OPTIONS } from './container-manager.ts';
export { ensembleOfTree, type ReadEnsemble } from './ensemble-record.ts';
export type { DurableState, FlushToken, PeerEffect, PeerInput } from './messages.ts';
export type {
  Now,
  ObserverOptions,
  PeerDependencies,
  PeerOptions,
  QuorumDependencies,
  QuorumOptions,
} from './options.ts';
export type { Peer } from './peer.ts';
export { createQuorumPeer } from './quorum-peer.ts';
export { DEFAULT_PREP_OPTIONS, DEFAULT_REQUEST_LIMITS, type PrepOptions, type RequestLimits } from '@zebu/requests';
export { createStandalonePeer } from './standalone-peer.ts';
