// A call as a promise: settled by the reply, by the end of the session, or by its AbortSignal.

import type { AbortSignalLike } from '@zebu/interfaces';
import { JuteError } from '@zebu/jute';
import { ErrorCode } from '@zebu/protocol';
import { errorOfReply, ZooKeeperError } from './errors.ts';
import type { Reply, ReplyHandler } from './reply.ts';
import type { EncodeBody, QueuedRequest, Session } from './session.ts';

/** An AbortSignal. */
export interface CallSignal extends AbortSignalLike {
  readonly reason?: unknown;
}

export interface CallOptions {
  /** Rejects the call with the signal's reason. A request that was sent already may still be done. */
  readonly signal?: CallSignal | undefined;
}

export interface Call<T> {
  readonly opCode: number;
  readonly encode: EncodeBody;
  /** The call's value; throws what the call rejects with. Not called once the call was aborted. */
  readonly settle: (reply: Reply) => T;
}

/**
 * `prepare` may throw: the call rejects with it. The promise is returned as it is, never chained, so that replies and
 * watch events reach the caller in the order of the wire.
 */
export function performCall<T>(session: Session, signal: CallSignal | undefined, prepare: () => Call<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted === true) throw abortReason(signal);
    const call = prepare();
    new PendingCall(call, resolve, reject).start(session, signal);
  });
}

class PendingCall<T> implements ReplyHandler {
  readonly #call: Call<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #isSettled = false;
  #stopListening: (() => void) | undefined;

  constructor(call: Call<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(session: Session, signal: CallSignal | undefined): void {
    const queued = session.submit(this.#call.opCode, this.#call.encode, this);
    if (signal !== undefined && !this.#isSettled) this.#listen(session, signal, queued);
  }

  onReply(reply: Reply): void {
    if (this.#isSettled) return;
    this.#onSettled();
    try {
      this.#resolve(this.#call.settle(reply));
    } catch (error) {
      this.#reject(error instanceof JuteError ? unreadable(error) : error);
    }
  }

  onFailure(error: ZooKeeperError): void {
    if (this.#isSettled) return;
    this.#onSettled();
    this.#reject(error);
  }

  #listen(session: Session, signal: CallSignal, queued: QueuedRequest | undefined): void {
    const onAbort = (): void => {
      if (queued !== undefined) session.withdraw(queued);
      this.#onSettled();
      this.#reject(abortReason(signal));
    };
    signal.addEventListener('abort', onAbort);
    this.#stopListening = () => signal.removeEventListener('abort', onAbort);
  }

  #onSettled(): void {
    this.#isSettled = true;
    this.#stopListening?.();
  }
}

/** Throws the reply's error, if it has one. */
export function requireOk(reply: Reply, path?: string): void {
  if (reply.error !== ErrorCode.OK) throw errorOfReply(reply.error, path);
}

export const abortReason = (signal: CallSignal): unknown => signal.reason ?? new Error('aborted');

const unreadable = (cause: JuteError): ZooKeeperError =>
  new ZooKeeperError('MARSHALLINGERROR', 'the reply could not be read: its outcome is unknown', { cause });
