// What the processors need of the tree. DataTree has all of it; a test may bring less.

import type { DataTree, Quota } from '@zebu/datatree';
import type { SessionId } from '@zebu/protocol';
import type { Znode } from './change-record.ts';

/** For prep, which reads what has been applied. */
export interface PrepTree {
  /** Unsigned 64 bits. */
  readonly treeDigest: bigint;
  lookup(path: string): Znode | undefined;
  /** Newest first. */
  ephemeralsOf(sessionId: SessionId): Iterable<string>;
  quotaOf(path: string): Quota | undefined;
}

/** For the server of clients, which applies what is committed and answers reads. */
export type ServedTree = Pick<
  DataTree,
  | 'aclOf'
  | 'addWatch'
  | 'apply'
  | 'childCountOf'
  | 'exists'
  | 'getAcl'
  | 'getAllChildrenNumber'
  | 'getChildren'
  | 'getChildren2'
  | 'getData'
  | 'getEphemerals'
  | 'hasWatch'
  | 'lastProcessedZxid'
  | 'openChildren'
  | 'openEphemerals'
  | 'openView'
  | 'ownsMoreThan'
  | 'removeWatch'
  | 'removeWatcher'
  | 'sessions'
  | 'setWatches'
>;
