// What the server knows of one client connection.

import type { ConnectionId, ConnectionView, Identity, SaslServer } from '@zebu/interfaces';
import type { JuteWriter } from '@zebu/jute';
import { type Millis, NO_SESSION, type WallClockMs, type Zxid } from '@zebu/protocol';
import { addressIdentity } from './address-identity.ts';
import { ConnectionStatistics } from './connection-statistics.ts';
import { withIdentities } from './proven-identities.ts';
import type { LongReply } from './long-answers.ts';
import type { ServedSession } from './served-session.ts';

export type ConnectionPhase =
  /** Nothing but a connect request may come. */
  | 'connecting'
  /** Its session is being created or looked up; frames are held back until then. */
  | 'attaching'
  | 'established'
  /** Nothing is read from it any more. */
  | 'closed';

export class ClientConnection {
  readonly id: ConnectionId;
  readonly remoteAddress: string;
  /** Replaced, never changed, when the client proves another: requests that wait keep those they came with. */
  identities: readonly Identity[];
  /** Its SASL exchange, once begun; there is one in a connection's life. */
  saslServer: SaslServer | undefined;
  phase: ConnectionPhase = 'connecting';
  /** Defined while attaching or established. */
  session: ServedSession | undefined;
  sessionTimeoutMs: Millis = 0;
  /** Commits of the session up to here are none of this connection's; undefined when there can be no others. */
  movedInAfter: Zxid | undefined;
  /** The connect request ended with the readOnly flag, so the response does too. */
  knowsReadOnly = false;
  /** Much was sent to it: what it asks for waits until that has left. */
  awaitsDrain = false;
  /** A request is under way before whose end no other may begin. */
  holdsFrames = false;
  /** Frames that came while attaching, at most MAX_HELD_BYTES of them, while held up, or while there is much to send; in order. */
  readonly held: Uint8Array[] = [];
  heldBytes = 0;
  /** What this step has to send; undefined until it has anything. */
  output: JuteWriter | undefined;
  /** An event that others are told, too, while it is all that this step has to send. */
  sharedFrame: Uint8Array | undefined;
  /** Being made; what is in `output` was said after them. */
  longReplies: LongReply[] = [];
  /** The transport has lost it. */
  isLost = false;
  /** Requests that wait for a commit, a sync or their turn. */
  outstandingCount = 0;
  /** Requests that were not begun yet. */
  throttledCount = 0;
  /** Of its requests in process that are large. */
  largeRequestBytes = 0;
  /** A request was dropped unanswered: none behind it may be begun. */
  droppedRequest = false;
  /** Its session was taken up on another server, as the leader knows; whatever it asks for next ends it (SESSIONMOVED), but for the end of the session. */
  hasMoved = false;
  readonly statistics: ConnectionStatistics;
  /** The transport was told to stop reading. */
  paused = false;
  /** The current step has looked at it. */
  touchedInStep = false;

  constructor(id: ConnectionId, remoteAddress: string, proven: readonly Identity[], establishedAt: WallClockMs) {
    this.id = id;
    this.statistics = new ConnectionStatistics(establishedAt);
    this.remoteAddress = remoteAddress;
    const address = [addressIdentity(remoteAddress)];
    this.identities = withIdentities(address, proven) ?? address;
  }

  hold(frames: Uint8Array): void {
    this.held.push(frames);
    this.heldBytes += frames.length;
  }

  takeHeld(): Uint8Array[] {
    this.heldBytes = 0;
    return this.held.splice(0);
  }

  view(): ConnectionView {
    return {
      remoteAddress: this.remoteAddress,
      sessionId: this.session?.id ?? NO_SESSION,
      sessionTimeoutMs: this.sessionTimeoutMs,
      queuedCount: this.outstandingCount,
      receivedCount: this.statistics.receivedCount,
      sentCount: this.statistics.sentCount,
      activity: this.statistics.view(),
    };
  }
}
