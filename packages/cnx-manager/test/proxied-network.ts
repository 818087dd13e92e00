// Loopback with a proxy in front of every server for every other server, so that a test can cut the two apart.

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Ensemble, ServerAddress, ServerId } from '@zebu/protocol';
import type { Listening } from '../src/index.ts';
import { serverId } from './environment.ts';

/** Ids that a test may use. */
const IDS = [1, 2, 3, 4, 5].map(serverId);
/** What the transports are to be made with. */
export const MAX_UNLISTED_SERVERS = 1;

interface NetworkTransport extends Listening {
  close(): Promise<void>;
  setEnsemble(ensemble: Ensemble): void;
}

export class ProxiedNetwork<Transport extends NetworkTransport> {
  readonly #make: (self: ServerId, ensemble: Ensemble) => Transport;
  readonly #proxies = new Map<string, Proxy>();
  readonly #created: Transport[] = [];
  readonly #running = new Map<ServerId, Transport>();
  /** Once a server has a port it keeps it. */
  readonly #ports = new Map<ServerId, number>();

  private constructor(make: (self: ServerId, ensemble: Ensemble) => Transport) {
    this.#make = make;
  }

  static async open<Transport extends NetworkTransport>(
    make: (self: ServerId, ensemble: Ensemble) => Transport,
  ): Promise<ProxiedNetwork<Transport>> {
    const network = new ProxiedNetwork(make);
    for (const from of IDS) {
      for (const to of IDS) {
        if (from !== to) network.#proxies.set(`${from}>${to}`, await Proxy.open(() => network.#addressOf(to)));
      }
    }
    return network;
  }

  create = async (self: ServerId, ensemble: Ensemble): Promise<Transport> => {
    this.#addressOf(self);
    const transport = this.#make(self, this.#seenFrom(self, ensemble));
    const setEnsemble = transport.setEnsemble.bind(transport);
    transport.setEnsemble = (next) => setEnsemble(this.#seenFrom(self, next));
    this.#created.push(transport);
    this.#running.set(self, transport);
    return transport;
  };

  readonly maxUnlistedServers = MAX_UNLISTED_SERVERS;

  sever = (a: ServerId, b: ServerId): void => this.#both(a, b, (proxy) => proxy.cut());
  heal = (a: ServerId, b: ServerId): void => this.#both(a, b, (proxy) => proxy.mend());

  teardown = async (): Promise<void> => {
    await Promise.all(this.#created.map((transport) => transport.close()));
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  };

  /** Its own address is real, the others' are their proxies for it. */
  #seenFrom(self: ServerId, ensemble: Ensemble): Ensemble {
    const servers = [...ensemble.servers.values()].map((server) => {
      const port =
        server.id === self ? (this.#ports.get(self) ?? 0) : (this.#proxies.get(`${self}>${server.id}`)?.port ?? 9);
      const address = { host: '127.0.0.1', port };
      return { ...server, quorumAddress: address, electionAddress: address };
    });
    return { ...ensemble, servers: new Map(servers.map((server) => [server.id, server])) };
  }

  #addressOf(server: ServerId): ServerAddress | undefined {
    const address = this.#running.get(server)?.listeningAddress;
    if (address !== undefined) this.#ports.set(server, address.port);
    return address;
  }

  #both(a: ServerId, b: ServerId, act: (proxy: Proxy) => void): void {
    for (const way of [`${a}>${b}`, `${b}>${a}`]) act(this.#proxies.get(way) as Proxy);
  }
}

class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #open = true;

  private constructor(target: () => ServerAddress | undefined) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const address = target();
      if (!this.#open || address === undefined) near.resetAndDestroy();
      else this.#join(near, connect({ ...address, noDelay: true }));
    });
  }

  static async open(target: () => ServerAddress | undefined): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
