// A txn, decoded. Its wire type is in the header (or in the part of a multi), since some types share one record.

import type { Acl, SessionId, WallClockMs, Zxid } from '@zebu/protocol';

export interface TxnHeader {
  readonly sessionId: SessionId;
  readonly cxid: number;
  readonly zxid: Zxid;
  readonly time: WallClockMs;
  /** An OpCode. */
  readonly type: number;
}

export interface CreateContainerTxn {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** The parent's stored cversion after this creation; -1 in a txn of a ZooKeeper before 3.3, which did not record it. */
  readonly parentCVersion: number;
}

export interface CreateTxn extends CreateContainerTxn {
  readonly ephemeral: boolean;
}

export interface CreateTtlTxn extends CreateContainerTxn {
  readonly ttlMs: number;
}

export interface DeleteTxn {
  readonly path: string;
}

export interface SetDataTxn {
  readonly path: string;
  readonly data: Uint8Array | null;
  /** The version after the txn. */
  readonly version: number;
}

export interface SetAclTxn {
  readonly path: string;
  readonly acl: readonly Acl[];
  /** The aversion after the txn. */
  readonly version: number;
}

export interface CheckVersionTxn {
  readonly path: string;
  readonly version: number;
}

export interface CreateSessionTxn {
  readonly timeoutMs: number;
}

export interface CloseSessionTxn {
  /** The ephemeral znodes that go with the session; undefined in a txn of a ZooKeeper that did not record them. */
  readonly paths: readonly string[] | undefined;
}

export interface ErrorTxn {
  /** An ErrorCode. */
  readonly error: number;
}

/** What a part of a multi may be. */
export type SimpleTxn =
  | ({ readonly type: 'create' } & CreateTxn)
  | ({ readonly type: 'createContainer' } & CreateContainerTxn)
  | ({ readonly type: 'createTTL' } & CreateTtlTxn)
  | ({ readonly type: 'delete' } & DeleteTxn)
  | ({ readonly type: 'setData' } & SetDataTxn)
  | ({ readonly type: 'setACL' } & SetAclTxn)
  | ({ readonly type: 'check' } & CheckVersionTxn)
  | ({ readonly type: 'error' } & ErrorTxn);

export interface MultiTxnPart {
  /** An OpCode: `create` may be CREATE or CREATE2. */
  readonly opCode: number;
  readonly txn: SimpleTxn;
}

export interface MultiTxn {
  readonly parts: readonly MultiTxnPart[];
}

export type Txn =
  | SimpleTxn
  | ({ readonly type: 'createSession' } & CreateSessionTxn)
  | ({ readonly type: 'closeSession' } & CloseSessionTxn)
  | ({ readonly type: 'multi' } & MultiTxn);

export interface TxnDigest {
  readonly version: number;
  /** Unsigned 64 bits. */
  readonly treeDigest: bigint;
}

export interface DecodedTxn {
  readonly header: TxnHeader;
  /** Its buffers are views into the txn's bytes. */
  readonly txn: Txn;
  readonly digest?: TxnDigest;
}
