export { createElectionTransport } from './election-transport.ts';
export { FrameError } from './frame-error.ts';
export type {
  ElectionTransportOptions,
  Listening,
  TransportDependencies,
  TransportOptions,
} from './options.ts';
export type { PeerSasl } from './peer-sasl.ts';
export type { DialledHost, PeerTls } from './peer-tls.ts';
export { createQuorumTransport } from './quorum-transport.ts';
export { SnapshotStreamError } from './snapshot-error.ts';
