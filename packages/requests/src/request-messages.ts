// What goes into and comes out of the RequestProcessor: the server side of the client protocol, as values.

import type { ConnectionId, Identity } from '@zebu/interfaces';
import type { Epoch, ForwardedRequest, Millis, SessionId, TxnBytes, WallClockMs, Zxid } from '@zebu/protocol';

export type RequestInput =
  | {
      readonly type: 'connected';
      readonly connection: ConnectionId;
      readonly remoteAddress: string;
      /** Proven by the transport. */
      readonly identities: readonly Identity[];
      readonly establishedAt: WallClockMs;
    }
  /** One or more whole frames, each with its 4-byte length. Copied where they outlive the step. */
  | { readonly type: 'frames'; readonly connection: ConnectionId; readonly frames: Uint8Array }
  /** `clientAwaitDrain` is done. */
  | { readonly type: 'drained'; readonly connection: ConnectionId }
  | { readonly type: 'disconnected'; readonly connection: ConnectionId }
  /** Committed txns in zxid order: applied to the tree, their events and replies written, a bounded part of them in one step. */
  | { readonly type: 'committed'; readonly txns: readonly TxnBytes[] }
  | { readonly type: 'syncConfirmed'; readonly syncId: number }
  | {
      readonly type: 'revalidated';
      readonly sessionId: SessionId;
      readonly timeoutMs: Millis;
      readonly valid: boolean;
      /**
       * The last zxid proposed when the leader answered. What is committed up to there for the session was asked for through
       * its last server, and is never taken for an answer here: some clients count their xids anew after a reconnect.
       */
      readonly lastProposedZxid?: Zxid;
    }
  /** The leader alone hears of it: the session was taken up on another server. */
  | { readonly type: 'sessionMoved'; readonly sessionId: SessionId }
  /** `nextWakeup` has come. `late`: the process was stalled, so silence says nothing about the clients. */
  | { readonly type: 'tick'; readonly late: boolean }
  /** The server has a quorum again, and was handed all that was committed in earlier epochs. */
  | { readonly type: 'epochBegan'; readonly epoch: Epoch }
  /** All that is committed is to be in the tree when the step ends, at whatever length. */
  | { readonly type: 'catchUp' }
  /** The role is being left: every connection is closed, what is outstanding stays unanswered. */
  | { readonly type: 'stop' };

/** In the order in which they are to be performed: clients first, then the leader. Performing one may lead to another step at once. */
export type RequestEffect =
  /** At most one per connection and step, but for a reply that was made in slices. */
  | { readonly type: 'clientSend'; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  | { readonly type: 'clientClose'; readonly connection: ConnectionId }
  | { readonly type: 'clientPause' | 'clientResume'; readonly connection: ConnectionId }
  /** The answers of this step are many bytes: `drained` is wanted when they have left, and nothing is answered before. */
  | { readonly type: 'clientAwaitDrain'; readonly connection: ConnectionId }
  /** At most one per step; to the leader's prep, in this order. */
  | { readonly type: 'submit'; readonly requests: ForwardedRequest[] }
  /** At most one per step, after `submit`; it speaks for every sync that arrived in the step. Ids count up from 1. */
  | { readonly type: 'sync'; readonly syncId: number }
  /** Is the session alive? The leader touches it and makes this server its owner; the answer is `revalidated`. */
  | { readonly type: 'revalidate'; readonly sessionId: SessionId; readonly timeoutMs: Millis };
