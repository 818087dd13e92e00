// Clients and servers in one process: ClientTransport on one side, ClientDialer on the other, each frame delayed at random but in order.

import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientDialer,
  ClientTransport,
  ClientTransportHandler,
  ConnectionId,
} from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

class Connection {
  readonly id: ConnectionId;
  readonly client: ClientConnectionHandler;
  open = true;
  /** When the last frame each way arrives: a later one arrives later. */
  toServerAt = 0;
  toClientAt = 0;

  constructor(id: ConnectionId, client: ClientConnectionHandler) {
    this.id = id;
    this.client = client;
  }
}

class ServerEnd implements ClientTransport {
  readonly #network: ClientNetwork;
  readonly connections = new Map<ConnectionId, Connection>();
  handler: ClientTransportHandler | undefined;

  constructor(network: ClientNetwork) {
    this.#network = network;
  }

  start(handler: ClientTransportHandler): Promise<void> {
    this.handler = handler;
    return Promise.resolve();
  }

  send(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.connections.get(id);
    if (connection !== undefined) this.#network.toClient(connection, () => connection.client.onFrames(bytes));
  }

  pauseReading(): void {
    // Requests of the simulation are few; what is read is bounded by its clients.
  }

  resumeReading(): void {
    // See pauseReading.
  }

  awaitDrain(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection !== undefined) this.#network.toClient(connection, () => this.handler?.onDrained(id));
  }

  closeConnection(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    this.connections.delete(id);
    this.#network.toClient(connection, () => {
      connection.open = false;
      connection.client.onClose(undefined);
    });
  }

  close(): Promise<void> {
    this.handler = undefined;
    for (const id of this.connections.keys()) this.closeConnection(id);
    return Promise.resolve();
  }
}

export class ClientNetwork {
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #servers = new Map<ServerId, ServerEnd>();
  #count = 0;

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time;
    this.#random = random;
  }

  transport(server: ServerId): ClientTransport {
    const end = new ServerEnd(this);
    this.#servers.set(server, end);
    return end;
  }

  /** The server is gone: its connections break. */
  crash(server: ServerId): void {
    const end = this.#servers.get(server);
    this.#servers.delete(server);
    if (end === undefined) return;
    end.handler = undefined;
    for (const id of end.connections.keys()) end.closeConnection(id);
  }

  /** Servers are dialled by their id in place of a port. */
  readonly dial: ClientDialer = async (address, client) => {
    await this.#time.sleep(this.#random.between(0.05, 1));
    const end = this.#servers.get(address.port as ServerId);
    const id = ++this.#count as ConnectionId;
    if (end?.handler?.onConnect(id, 'simulated') !== true)
      throw new Error(`server ${address.port} refuses the connection`);
    const connection = new Connection(id, client);
    end.connections.set(id, connection);
    return this.#clientEnd(end, connection);
  };

  toClient(connection: Connection, run: () => void): void {
    connection.toClientAt = Math.max(connection.toClientAt, this.#time.now + this.#random.between(0.05, 1));
    this.#time.after(connection.toClientAt - this.#time.now, () => connection.open && run());
  }

  #clientEnd(end: ServerEnd, connection: Connection): ClientConnection {
    return {
      send: (bytes) => {
        const copy = bytes.slice();
        this.#toServer(
          connection,
          () => end.connections.has(connection.id) && end.handler?.onFrames(connection.id, copy),
        );
      },
      close: () => {
        connection.open = false;
        this.#toServer(connection, () => {
          if (end.connections.delete(connection.id)) end.handler?.onDisconnect(connection.id);
        });
      },
    };
  }

  #toServer(connection: Connection, run: () => void): void {
    connection.toServerAt = Math.max(connection.toServerAt, this.#time.now + this.#random.between(0.05, 1));
    this.#time.after(connection.toServerAt - this.#time.now, run);
  }
}
