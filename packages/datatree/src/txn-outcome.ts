// What applying one txn came to (ZooKeeper's ProcessTxnResult). The tree reuses one TxnOutcome, and the bytes of its stats:
// everything here is valid until the next apply.

import type { ErrorCode, SessionId, Zxid } from '@zebu/protocol';

export interface OperationOutcome {
  /** An OpCode; ERROR in each part of a multi that failed. */
  readonly type: number;
  readonly error: ErrorCode;
  /** Of creations: the path that now exists. */
  readonly path: string | undefined;
  /** 68 wire bytes, of create2, createContainer, createTTL, setData and setACL that succeeded. */
  readonly stat: Uint8Array | undefined;
}

export interface TxnOutcome extends OperationOutcome {
  readonly sessionId: SessionId;
  /** The session id in two unsigned halves, for tables that hold no bigint. */
  readonly sessionIdHigh: number;
  readonly sessionIdLow: number;
  readonly cxid: number;
  readonly zxid: Zxid;
  /** One per part of a multi. */
  readonly operations: readonly OperationOutcome[] | undefined;
  /** The tree is not what the leader's was after this txn. */
  readonly digestMismatch: boolean;
}
