// The other end of a connection, written out by the test frame by frame.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { encodeHello, type Hello, type Purpose } from '../src/hello.ts';
import { serverId, until } from './environment.ts';

export function helloFrame(from: number, to: number, more: Partial<Hello> = {}): Uint8Array {
  const details = [0, 1, 1];
  const purpose: Purpose = 'election';
  return encodeHello({
    purpose,
    from: serverId(from),
    to: serverId(to),
    clusterName: '',
    details,
    electionModule: '',
    ...more,
  });
}

export class ScriptedPeer {
  readonly webSocket: WebSocket;
  readonly frames: Uint8Array[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('message', (data) => this.frames.push(data as Buffer));
    webSocket.on('error', () => {});
    webSocket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  static async dial(port: number): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(new WebSocket(`ws://127.0.0.1:${port}/`));
    await once(peer.webSocket, 'open');
    return peer;
  }

  /** Dials, and has the hello answered. */
  static async linked(port: number, hello: Uint8Array): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.dial(port);
    peer.webSocket.send(hello);
    await until(() => peer.frames.length > 0, 'the hello is answered');
    return peer;
  }

  send(frame: Uint8Array | string): void {
    this.webSocket.send(frame);
  }

  async ended(): Promise<{ readonly code: number; readonly reason: string }> {
    await until(() => this.closed !== undefined, 'the connection is closed');
    return this.closed as { code: number; reason: string };
  }
}

/** Takes dials; says nothing by itself. */
export class ScriptedServer {
  readonly #server: WebSocketServer;
  readonly peers: ScriptedPeer[] = [];

  private constructor() {
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    this.#server.on('connection', (webSocket) => this.peers.push(new ScriptedPeer(webSocket)));
  }

  static async open(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** The nth dial, once it has said hello. */
  async dialled(count = 1): Promise<ScriptedPeer> {
    await until(() => (this.peers[count - 1]?.frames.length ?? 0) > 0, `dial ${count} has said hello`);
    return this.peers[count - 1] as ScriptedPeer;
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.webSocket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A TCP connection that has not said anything. */
export async function rawConnection(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** The bytes of a TCP connection behind the WebSocket handshake, to write frames that no library would. */
export async function upgradedConnection(port: number): Promise<Socket> {
  const socket = await rawConnection(port);
  socket.write(
    'GET / HTTP/1.1\r\nHost: zebu\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}

/** A binary frame whose header promises `length` bytes, masked with zeros. */
export function frameBytes(payload: Uint8Array, length = payload.length): Uint8Array {
  const header = Buffer.alloc(14);
  header[0] = 0x82;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** Everything that arrives, as text, until the other side ends it. */
export async function readToEnd(socket: Duplex): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  if (!socket.destroyed) await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}
