// What a call can reject with. `code` is a name of protocol's table, or one of the client's own below.

import type { MultiResult } from '@zebu/jute';
import type { ErrorName } from '@zebu/protocol';
import { ErrorCode, errorName } from '@zebu/protocol';

/** Besides ZooKeeper's names: the client was closed; too many calls are waiting; a reply has a code that no table knows. */
export type ZooKeeperErrorCode = ErrorName | 'CLIENT_CLOSED' | 'CLIENT_OVERLOADED' | 'UNKNOWN_CODE';

export interface ZooKeeperErrorDetails extends ErrorOptions {
  readonly path?: string | undefined;
}

/** A call that did not do what was asked. Compare `code`, or use `isZooKeeperError`. */
export class ZooKeeperError extends Error {
  override readonly name: string = 'ZooKeeperError';
  readonly code: ZooKeeperErrorCode;
  readonly path: string | undefined;
  constructor(code: ZooKeeperErrorCode, message: string, details: ZooKeeperErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
  }
}

/** The connection went down with the request under way: it may have been done or not. */
export class ConnectionLossError extends ZooKeeperError {
  override readonly name = 'ConnectionLossError';
  constructor(cause: unknown) {
    super('CONNECTIONLOSS', 'connection lost while the request was under way: its outcome is unknown', { cause });
  }
}

/** The ensemble ended the session: its ephemeral znodes and watches are gone. Create another client to go on. */
export class SessionExpiredError extends ZooKeeperError {
  override readonly name = 'SessionExpiredError';
  constructor() {
    super(
      'SESSIONEXPIRED',
      'session expired: its ephemeral znodes and watches are gone; create another client to go on',
    );
  }
}

export class ClientClosedError extends ZooKeeperError {
  override readonly name = 'ClientClosedError';
  constructor() {
    super('CLIENT_CLOSED', 'client closed');
  }
}

export class ClientOverloadedError extends ZooKeeperError {
  override readonly name = 'ClientOverloadedError';
  constructor(limit: number) {
    super(
      'CLIENT_OVERLOADED',
      `${limit} calls are waiting: await some before making more, or raise maxPendingRequests`,
    );
  }
}

/** A multi that was refused: nothing of it was done. */
export class MultiError extends ZooKeeperError {
  override readonly name = 'MultiError';
  /** Which operation was at fault. */
  readonly operationIndex: number;
  /** One result an operation, all of type error: 0 before the one at fault, RUNTIMEINCONSISTENCY after it. */
  readonly results: readonly MultiResult[];
  constructor(code: ZooKeeperErrorCode, operationIndex: number, results: readonly MultiResult[]) {
    super(code, `${code} from operation ${operationIndex} of ${results.length}: nothing of the multi was done`);
    this.operationIndex = operationIndex;
    this.results = results;
  }
}

/** Options that make no client: thrown by `createClient` at once. */
export class ClientOptionsError extends Error {
  override readonly name = 'ClientOptionsError';
  readonly code = 'CLIENT_OPTIONS';
}

/** Why a connection was given up; the cause of a ConnectionLossError and of `disconnected`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code = 'CONNECTION';
}

/** Bytes that are no ZooKeeper frame. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code = 'FRAME';
}

export const isZooKeeperError = (error: unknown, ...codes: readonly ZooKeeperErrorCode[]): error is ZooKeeperError =>
  error instanceof ZooKeeperError && (codes.length === 0 || codes.includes(error.code));

export const codeNameOf = (errorCode: number): ZooKeeperErrorCode => errorName(errorCode) ?? 'UNKNOWN_CODE';

/** The error for a reply's code. */
export function errorOfReply(errorCode: number, path: string | undefined): ZooKeeperError {
  if (errorCode === ErrorCode.SESSIONEXPIRED) return new SessionExpiredError();
  const code = codeNameOf(errorCode);
  return new ZooKeeperError(code, `${code} (${errorCode})${path === undefined ? '' : ` for ${path}`}`, { path });
}
