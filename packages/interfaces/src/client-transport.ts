// Carries whole jute frames between clients and a server. The server side is what client-port implements; the client side is what the client dials with.

import type { ServerAddress } from '@zebu/protocol';
import type { Identity } from './authentication.ts';

export type ConnectionId = number & { readonly brand: 'ConnectionId' };

export interface ClientTransportHandler {
  /** False refuses the connection: it is closed without a byte. The identities are those that the transport itself has proven: a certificate's. */
  onConnect(connection: ConnectionId, remoteAddress: string, identities?: readonly Identity[]): boolean;
  /**
   * One or more whole frames, each with its 4-byte length, in order. The bytes are the receiver's until the call returns: what outlives
   * it must be copied. A request that is too long, but not beyond reason, comes as its length and the eight bytes of its header; nothing
   * comes after it, and the receiver is to answer it and close.
   */
  onFrames(connection: ConnectionId, frames: Uint8Array): void;
  /** What was sent before awaitDrain() has left, or nearly. */
  onDrained(connection: ConnectionId): void;
  /** Not called after one's own closeConnection(). */
  onDisconnect(connection: ConnectionId): void;
  /** Answer to a whitelisted four-letter word. */
  onFourLetterWord(request: FourLetterWordRequest): FourLetterWordAnswer;
}

export interface FourLetterWordRequest {
  readonly word: string;
  /** What follows `stmk`: eight bytes; empty for every other word. */
  readonly argument: Uint8Array;
  /** Who asks. */
  readonly remoteAddress: string;
  readonly port: ClientPortView;
}

/** A short text, or a long one in pieces, which the transport takes as fast as they leave and over several turns of the loop. */
export type FourLetterWordAnswer = string | Iterable<string>;

/** What only the transport knows of its connections. */
export interface ClientPortView {
  /** Remote addresses of connections that the handler has not heard of, the asking one among them. */
  strangers(): Iterable<string>;
  readonly strangerCount: number;
  /** Words that were asked since the last reset, refused ones and the present one among them; to ZooKeeper they are packets. */
  readonly wordCount: number;
  readonly answeredWordCount: number;
  /** Counters of ServerMetrics that the transport keeps, under ZooKeeper's names without `zk_`. */
  metrics(): Iterable<readonly [name: string, value: number]>;
  /** `srst`. */
  resetStatistics(): void;
}

export interface ClientTransport {
  /** Rejects with TransportListenError when the port cannot be had. */
  start(handler: ClientTransportHandler): Promise<void>;
  /** Queues bytes, which the transport owns from now on; all of one turn of the loop leave in one write. Ignored when the connection is gone. */
  send(connection: ConnectionId, bytes: Uint8Array): void;
  /** Stops and resumes reading from the client: back-pressure while its requests are outstanding. */
  pauseReading(connection: ConnectionId): void;
  resumeReading(connection: ConnectionId): void;
  /** Calls onDrained once, in a later turn of the loop, when little is left of what was sent. */
  awaitDrain(connection: ConnectionId): void;
  /** Closes after what was sent before has left. */
  closeConnection(connection: ConnectionId): void;
  /**
   * Plain clients are awaited there from now on, after start(): first the new address is listened on, then the old one given up. Open
   * connections go on. Rejects with TransportListenError when it cannot be had; all is then as before, and the caller may try again. One at a time.
   */
  setAddress(address: ServerAddress): Promise<void>;
  /** Once resolved, the handler is not called again. Safe to call twice. */
  close(): Promise<void>;
}

export interface ClientConnectionHandler {
  /** One or more whole frames, each with its 4-byte length. */
  onFrames(frames: Uint8Array): void;
  onClose(error: Error | undefined): void;
}

export interface ClientConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** How a client reaches a server. Rejects when the server cannot be reached. */
export type ClientDialer = (
  address: ServerAddress,
  handler: ClientConnectionHandler,
  signal: AbortSignalLike,
) => Promise<ClientConnection>;

/** The part of AbortSignal that a dialer needs; declared here since pure packages see no DOM types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
