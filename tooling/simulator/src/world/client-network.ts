// Clients and servers in one process: ClientTransport on one side, ClientDialer on the other, each frame delayed at random but in order.

import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientDialer,
  ClientTransport,
  ClientTransportHandler,
  ConnectionId,
} from '@zebu/interfaces';
import type { Millis, ServerId } from '@zebu/protocol';
import type { Delay } from './delay.ts';
import type { ProcessGate } from './process-gate.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Sees what a client receives, before the client does. */
export type FrameObserver = (server: ServerId, frames: Uint8Array) => void;

export interface ClientEnd {
  readonly delay: Delay;
  /** Replies and events; not the answer to the connect request. */
  readonly onFrames: FrameObserver;
}

class Connection {
  readonly id: ConnectionId;
  readonly handler: ClientConnectionHandler;
  readonly end: ClientEnd;
  /** As the client sees it. */
  open = true;
  hasSession = false;
  /** When the last frame each way arrives: a later one arrives later. */
  toServerAt: Millis = 0;
  toClientAt: Millis = 0;

  constructor(id: ConnectionId, handler: ClientConnectionHandler, end: ClientEnd) {
    this.id = id;
    this.handler = handler;
    this.end = end;
  }
}

class ServerEnd implements ClientTransport {
  readonly id: ServerId;
  readonly gate: ProcessGate;
  readonly connections = new Map<ConnectionId, Connection>();
  handler: ClientTransportHandler | undefined;
  readonly #network: ClientNetwork;

  constructor(id: ServerId, gate: ProcessGate, network: ClientNetwork) {
    this.id = id;
    this.gate = gate;
    this.#network = network;
  }

  start(handler: ClientTransportHandler): Promise<void> {
    this.handler = handler;
    return Promise.resolve();
  }

  send(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    this.#network.toClient(connection, () => {
      if (connection.hasSession) connection.end.onFrames(this.id, bytes);
      connection.hasSession = true;
      connection.handler.onFrames(bytes);
    });
  }

  pauseReading(): void {
    // Requests of the simulation are few; what is read is bounded by its clients.
  }

  resumeReading(): void {
    // See pauseReading.
  }

  awaitDrain(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    this.#network.toClient(connection, () => this.gate.read(() => this.handler?.onDrained(id)));
  }

  setAddress(): Promise<void> {
    // Clients dial servers by their ids.
    return Promise.resolve();
  }

  closeConnection(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    this.connections.delete(id);
    this.#network.toClient(connection, () => {
      connection.open = false;
      connection.handler.onClose(undefined);
    });
  }

  close(): Promise<void> {
    this.handler = undefined;
    for (const id of this.connections.keys()) this.closeConnection(id);
    return Promise.resolve();
  }

  /** The kernel takes connections for a process that is paused, which refuses them when it comes to it. */
  accept(connection: Connection): boolean {
    if (this.handler === undefined) return false;
    this.connections.set(connection.id, connection);
    let refused = false;
    this.gate.read(() => {
      if (!this.connections.has(connection.id) || this.handler?.onConnect(connection.id, 'simulated') === true) return;
      refused = true;
      this.closeConnection(connection.id);
    });
    return !refused;
  }

  /** Breaks a connection; the server notices, too. */
  drop(connection: Connection): void {
    this.closeConnection(connection.id);
    this.gate.read(() => this.handler?.onDisconnect(connection.id));
  }
}

export class ClientNetwork {
  readonly #time: VirtualTime;
  readonly #servers = new Map<ServerId, ServerEnd>();
  #count = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  transport(server: ServerId, gate: ProcessGate): ClientTransport {
    const end = new ServerEnd(server, gate, this);
    this.#servers.set(server, end);
    return end;
  }

  /** The server is gone: its connections break. */
  crash(server: ServerId): void {
    const end = this.#servers.get(server);
    this.#servers.delete(server);
    void end?.close();
  }

  dropAll(server: ServerId): void {
    const end = this.#servers.get(server);
    for (const connection of end?.connections.values() ?? []) end?.drop(connection);
  }

  /** Servers are dialled by their id in place of a port. */
  dialer(client: ClientEnd): ClientDialer {
    return async (address, handler) => {
      await this.#time.sleep(client.delay.next());
      const end = this.#servers.get(address.port as ServerId);
      const connection = new Connection(++this.#count as ConnectionId, handler, client);
      if (end?.accept(connection) !== true) throw new Error(`server ${address.port} refuses the connection`);
      return this.#clientEnd(end, connection);
    };
  }

  toClient(connection: Connection, run: () => void): void {
    connection.toClientAt = Math.max(connection.toClientAt, this.#time.now + connection.end.delay.next());
    this.#time.after(connection.toClientAt - this.#time.now, () => connection.open && run());
  }

  #clientEnd(end: ServerEnd, connection: Connection): ClientConnection {
    const { id } = connection;
    return {
      send: (bytes) => {
        const copy = bytes.slice();
        this.#toServer(end, connection, () => end.handler?.onFrames(id, copy));
      },
      close: () => {
        connection.open = false;
        this.#toServer(end, connection, () => end.connections.delete(id) && end.handler?.onDisconnect(id));
      },
    };
  }

  #toServer(end: ServerEnd, connection: Connection, run: () => void): void {
    connection.toServerAt = Math.max(connection.toServerAt, this.#time.now + connection.end.delay.next());
    this.#time.after(connection.toServerAt - this.#time.now, () =>
      end.gate.read(() => end.connections.has(connection.id) && run()),
    );
  }
}
