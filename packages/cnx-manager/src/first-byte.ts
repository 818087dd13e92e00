// Tells TLS from WebSocket by the first byte of a connection, which stays unread (UnifiedServerSocket).

import type { Socket } from 'node:net';

/** ContentType handshake. An HTTP request begins with a letter. */
export const TLS_HANDSHAKE = 0x16;

/** Calls back once; `nothing` is the end of what the peer sends. Not at all for a connection that breaks without a byte. */
export function onFirstByte(socket: Socket, decide: (first: 'tls' | 'plain' | 'nothing') => void): void {
  socket.once('readable', () => {
    const chunk: unknown = socket.read();
    if (!(chunk instanceof Uint8Array)) return decide('nothing');
    socket.unshift(chunk);
    decide(chunk[0] === TLS_HANDSHAKE ? 'tls' : 'plain');
  });
}
