// Deliberate faults in the real code path, put in where a server is composed.

import type { Election, FileSystem, Storage } from '@zebu/interfaces';
import type { Peer } from '@zebu/peer';
import type { ServerId } from '@zebu/protocol';

/** Each replaces a part by another that stands before it, for every server, at every start. */
export interface Mutation {
  readonly fileSystem?: (fileSystem: FileSystem, self: ServerId) => FileSystem;
  readonly storage?: (storage: Storage, self: ServerId) => Storage;
  readonly election?: (election: Election, self: ServerId) => Election;
  readonly peer?: (peer: Peer, self: ServerId) => Peer;
}
