// What applying one txn came to (ZooKeeper's ProcessTxnResult).

import type { ErrorCode as Code, SessionId, Zxid } from '@zebu/protocol';
import { ErrorCode } from '@zebu/protocol';
import type { PathKey } from './path-key.ts';
import type { TxnPosition } from './txn-position.ts';
import { signedLong } from './words.ts';

export interface OperationOutcome {
  /** An OpCode; ERROR in each part of a multi that failed. */
  readonly type: number;
  readonly error: Code;
  /** The znode's path; undefined for a txn that names none. */
  readonly path: string | undefined;
  /** The 68 wire bytes, after a creation, setData or setACL that succeeded. */
  readonly stat: Uint8Array | undefined;
}

/** The tree reuses one outcome and the bytes of its stat: both are valid until the next apply. */
export interface TxnOutcome extends OperationOutcome {
  readonly sessionId: SessionId;
  /** The session id in two signed 32-bit halves, for tables that hold no bigint. */
  readonly sessionIdHigh: number;
  readonly sessionIdLow: number;
  readonly cxid: number;
  readonly zxid: Zxid;
  /** One per part of a multi; these may be kept. */
  readonly operations: readonly OperationOutcome[] | undefined;
  /** The tree is not what the leader's was after this txn. */
  readonly digestMismatch: boolean;
}

/** Computes what costs something only when it is asked for: most servers do not own a txn's session. */
export class LazyOutcome implements TxnOutcome {
  readonly #txn: TxnPosition;
  error: Code = ErrorCode.OK;
  /** The path while the txn's bytes are at hand. */
  key: PathKey | undefined = undefined;
  stat: Uint8Array | undefined = undefined;
  operations: readonly OperationOutcome[] | undefined = undefined;
  digestMismatch = false;

  constructor(txn: TxnPosition) {
    this.#txn = txn;
  }

  reset(): void {
    this.error = ErrorCode.OK;
    this.key = undefined;
    this.stat = undefined;
    this.operations = undefined;
    this.digestMismatch = false;
  }

  get type(): number {
    return this.#txn.type;
  }

  get cxid(): number {
    return this.#txn.cxid;
  }

  get sessionIdHigh(): number {
    return this.#txn.sessionHigh;
  }

  get sessionIdLow(): number {
    return this.#txn.sessionLow;
  }

  get sessionId(): SessionId {
    return signedLong(this.#txn.sessionHigh, this.#txn.sessionLow) as SessionId;
  }

  get zxid(): Zxid {
    return signedLong(this.#txn.zxidHigh, this.#txn.zxidLow) as Zxid;
  }

  get path(): string | undefined {
    return this.key?.text();
  }
}
