// Prep and its tree alone: requests in, decoded txns out.

import { DataTree } from '@zebu/datatree';
import { decodeTxn, type Txn } from '@zebu/jute';
import { type Epoch, ErrorCode, makeZxid, type ServerId, type SessionId, type TxnBytes, txnZxid } from '@zebu/protocol';
import { DEFAULT_PREP_OPTIONS, type EnsembleView, type PrepOptions, PrepProcessor } from '@zebu/requests';
import { LeaderSessionTracker } from '@zebu/sessions';
import { expect } from 'vitest';
import { testAuthentication } from './test-authentication.ts';
import type * as wire from './wire.ts';

const ignore = (): void => undefined;
const NO_EVENTS = { onWatchEvent: () => undefined };
export const SESSION = 0x100000000000001n as SessionId;
export const OTHER = 0x100000000000002n as SessionId;
export const SERVER = 1 as ServerId;

export interface By {
  readonly session?: SessionId;
  readonly server?: ServerId;
  readonly identities?: readonly string[];
}

export class PrepSetup {
  readonly tree: DataTree;
  readonly sessions = new LeaderSessionTracker({ tickMs: 1000, self: 1 as ServerId, localSessions: undefined });
  readonly prep: PrepProcessor;
  readonly warnings: object[] = [];
  wallClock = 1_700_000_000_000;
  #counter = 0;

  constructor(options: Partial<PrepOptions> = {}, ensemble?: EnsembleView, maxNeverUsedMs: number = 0) {
    this.tree = new DataTree({ emulate353TtlNodes: options.emulate353TtlNodes ?? false });
    this.prep = new PrepProcessor({
      tree: this.tree,
      sessions: this.sessions,
      nextZxid: () => makeZxid(1 as Epoch, ++this.#counter),
      authentication: testAuthentication,
      logger: {
        debug: ignore,
        info: ignore,
        warn: (message, fields) => this.warnings.push({ message, ...fields }),
        error: ignore,
      },
      options: { ...DEFAULT_PREP_OPTIONS, ...options },
      maxNeverUsedMs,
      ensemble,
    });
    for (const id of [SESSION, OTHER]) this.sessions.track(id, 10_000, 0);
  }

  prepare(requests: readonly wire.RequestBody[], by: By = {}): TxnBytes[] {
    return this.prep.prepare(
      requests.map((request, index) => ({
        sessionId: by.session ?? SESSION,
        cxid: index,
        authInfo: by.identities ?? ['ip:127.0.0.1'],
        ...request,
      })),
      by.server ?? SERVER,
      0,
      this.wallClock,
    );
  }

  /** Prepares, applies nothing. */
  txn(request: wire.RequestBody, by?: By): Txn {
    return decodeTxn(this.prepare([request], by)[0] as TxnBytes).txn;
  }

  error(request: wire.RequestBody, by?: By): number {
    const txn = this.txn(request, by);
    return txn.type === 'error' ? txn.error : ErrorCode.OK;
  }

  /** Prepares and applies. */
  do(...requests: wire.RequestBody[]): void {
    this.apply(this.prepare(requests));
  }

  apply(txns: readonly TxnBytes[]): void {
    for (const txn of txns) {
      const outcome = this.tree.apply(txn, NO_EVENTS);
      expect(outcome).toMatchObject({ error: ErrorCode.OK, digestMismatch: false });
      this.prep.onApplied(txnZxid(txn));
    }
  }
}
