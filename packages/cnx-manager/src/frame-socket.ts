// A WebSocket reduced to what both transports need: binary frames in, binary frames out, and one word when it is over.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ServerAddress } from '@zebu/protocol';
import type { RawData, WebSocket } from 'ws';
import { plainHost } from './address.ts';
import { FrameError } from './frame-error.ts';
import { CloseCode, closeReason, type Refusal } from './refusal.ts';

/** What ws offers beyond its published types. */
export interface UntypedSocketOptions {
  /** How long a close handshake may take before the socket is destroyed. */
  readonly closeTimeout: number;
}

/** The kernel's own probes find peers that vanished behind an idle connection; the protocol's pings judge the others, much sooner. */
export const socketSettings = (keepAlive: boolean) =>
  ({ noDelay: true, keepAlive, keepAliveInitialDelay: 30_000 }) as const;

export const SOCKET_OPTIONS = { closeTimeout: 1_000, skipUTF8Validation: true } as const;

export interface FrameSocketHandler {
  /** The bytes are the receiver's for good. A FrameError thrown here closes the connection; any other error is a bug and goes up. */
  onFrame(frame: Uint8Array): void;
  /** Once, and not after one's own close(), refuse() or terminate(). */
  onEnd(end: SocketEnd): void;
}

export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

export class FrameSocket {
  /** Set anew when the connection enters its next phase (hello, then link or stream). */
  handler: FrameSocketHandler;
  /** The protocol of TLS, for the log; undefined without TLS. */
  tls: string | undefined;
  /** Where the other end is; undefined when it was gone at once. */
  remote: ServerAddress | undefined;
  /** The user that the other end has proven to be, or (of whom was dialled) that it has proven itself, for the log; undefined without SASL. */
  sasl: string | undefined;
  readonly #webSocket: WebSocket;
  #ended = false;
  #error: Error | undefined;

  constructor(webSocket: WebSocket, handler: FrameSocketHandler) {
    this.#webSocket = webSocket;
    this.handler = handler;
    webSocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on('error', (error) => this.#onError(error));
    webSocket.on('close', (code, reason) => this.#onClose(code, reason));
  }

  get open(): boolean {
    return !this.#ended && this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  /** Bytes not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  /** The bytes must not change afterwards. `onWritten` runs when the kernel has taken them, or the socket broke. */
  send(frame: Uint8Array, onWritten?: () => void): void {
    if (this.open) this.#webSocket.send(frame, onWritten);
    else if (onWritten !== undefined) setImmediate(onWritten);
  }

  /** Stops reading: TCP then holds the sender back. */
  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  /** Says why in a close frame behind what was sent before. */
  refuse(refusal: Refusal): void {
    this.#ended = true;
    // A paused socket would never see the peer's answer.
    this.resume();
    this.#webSocket.close(refusal.code, closeReason(refusal.reason));
  }

  /** Closes behind what was sent before. */
  close(): void {
    this.refuse({ code: CloseCode.NORMAL, reason: 'closed' });
  }

  terminate(): void {
    this.#ended = true;
    this.#webSocket.terminate();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    try {
      if (!isBinary) throw new FrameError('text frame');
      const bytes = data as Buffer;
      // A plain view: the slice() of a Buffer does not copy, to the surprise of whoever gets a part of it.
      this.handler.onFrame(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#fail({ code: CloseCode.BAD_FRAME, reason: `bad frame: ${error.message}` });
    }
  }

  #onError(error: Error): void {
    this.#error ??= error;
    // ws has begun to close by itself; whoever waits need not wait for the peer's part of that.
    if (isWebSocketError(error)) this.#fail({ code: CloseCode.BAD_FRAME, reason: `bad frame: ${error.message}` });
  }

  #onClose(code: number, reason: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.handler.onEnd({ code, reason: describeEnd(code, reason.toString(), this.#error) });
  }

  #fail(refusal: Refusal): void {
    if (this.#ended) return;
    this.refuse(refusal);
    this.handler.onEnd(refusal);
  }
}

export function remoteOf({ remoteAddress, remotePort }: Socket): ServerAddress | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { host: plainHost(remoteAddress), port: remotePort };
}

export const tlsOf = (socket: Duplex): string | undefined =>
  socket instanceof TLSSocket ? (socket.getProtocol() ?? undefined) : undefined;

const isWebSocketError = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_');

function describeEnd(code: number, reason: string, error: Error | undefined): string {
  if (error !== undefined) return error.message;
  if (code >= 4000) return `the peer closed: ${reason}`;
  return code === CloseCode.NORMAL ? 'closed by the peer' : 'connection lost';
}
