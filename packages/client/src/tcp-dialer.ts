// Reaches a server over TCP. This file and tcp-probe.ts alone know sockets.

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { AbortSignalLike, ClientConnection, ClientConnectionHandler, ClientDialer } from '@zebu/interfaces';
import { ConnectionError } from './errors.ts';
import { FrameAssembler } from './frame-assembler.ts';

/** A peer that takes no more bytes gets this long to take the last ones. */
const CLOSE_GRACE_MS = 1000;

export interface TcpDialerOptions {
  readonly maxFrameBytes: number;
}

export function tcpDialer(options: TcpDialerOptions): ClientDialer {
  return (address, handler, signal) =>
    new Promise<ClientConnection>((resolve, reject) => {
      if (signal.aborted) {
        reject(new ConnectionError('dial aborted'));
        return;
      }
      const socket = connect({ host: address.host, port: address.port, noDelay: true });
      const stopWaiting = destroyOnAbort(socket, signal);
      const onFailure = (error: Error): void => {
        stopWaiting();
        socket.destroy();
        reject(error);
      };
      socket.once('error', onFailure);
      socket.once('connect', () => {
        stopWaiting();
        socket.removeListener('error', onFailure);
        resolve(openConnection(socket, handler, options.maxFrameBytes));
      });
    });
}

function destroyOnAbort(socket: Socket, signal: AbortSignalLike): () => void {
  const onAbort = (): void => {
    socket.destroy(new ConnectionError('dial aborted'));
  };
  signal.addEventListener('abort', onAbort);
  return () => signal.removeEventListener('abort', onAbort);
}

function openConnection(socket: Socket, handler: ClientConnectionHandler, maxFrameBytes: number): ClientConnection {
  const assembler = new FrameAssembler(maxFrameBytes);
  let failure: Error | undefined;
  socket.on('data', (chunk: Uint8Array) => {
    try {
      // A plain view: a Buffer's slice would not copy.
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
      assembler.push(bytes, (frames) => handler.onFrames(frames));
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => handler.onClose(failure));
  return {
    send: (bytes) => {
      socket.write(bytes);
    },
    close: () => closeSoon(socket),
  };
}

function closeSoon(socket: Socket): void {
  if (socket.destroyed) return;
  socket.removeAllListeners('data');
  socket.resume();
  socket.destroySoon();
  setTimeout(() => socket.destroy(), CLOSE_GRACE_MS).unref();
}
