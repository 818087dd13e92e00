// What both transports stand on: one port of this server. It listens, dials, says hello and refuses, for an ensemble that may change.

import type { Socket } from 'node:net';
import type { Clock } from '@zebu/interfaces';
import { addressesOf, assert, type Ensemble, isSameAddress, type ServerAddress, type ServerId } from '@zebu/protocol';
import { formatAddress } from './address.ts';
import { Dial, type DialHandler } from './dial.ts';
import type { FrameSocket } from './frame-socket.ts';
import { encodeHello, type Hello, type HelloContext, type Purpose } from './hello.ts';
import { type HelloHandler, Listener, type ListenerOptions } from './listener.ts';
import { ListeningPort } from './listening-port.ts';
import { ListeningPorts } from './listening-ports.ts';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_MAX_UNLISTED_SERVERS,
  type TransportDependencies,
  type TransportOptions,
} from './options.ts';
import { PortTls } from './port-tls.ts';
import { checkReachable } from './reachability.ts';
import { CloseCode, type Refusal } from './refusal.ts';
import { RepeatedLog } from './repeated-log.ts';

export interface EndpointSettings {
  readonly port: 'election' | 'quorum' | 'observerMaster';
  /** What connections to the port are for. */
  readonly purposes: readonly Purpose[];
  readonly maxFrameBytes: number;
  /** Of the election port, if it is known. */
  readonly electionModule?: string | undefined;
}

export interface ReachabilityHandler {
  onOver(): void;
  onUnreachable(address: string): void;
}

export class Endpoint {
  readonly self: ServerId;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly #helloTimeoutMs: number;
  readonly #tcpKeepAlive: boolean;
  readonly maxFrameBytes: number;
  readonly #maxUnlistedServers: number;
  #ensemble: Ensemble;
  readonly #settings: EndpointSettings;
  readonly #options: TransportOptions;
  readonly #log: RepeatedLog;
  readonly #ports: ListeningPorts;
  readonly #tls: PortTls | undefined;
  /** Sockets that are not closed yet. */
  readonly #dialled = new Set<Socket>();
  #closing: Promise<void> | undefined;

  constructor(
    settings: EndpointSettings,
    dependencies: TransportDependencies,
    options: TransportOptions,
    onHello: HelloHandler,
  ) {
    const { self, ensemble, clock, logger } = dependencies;
    this.self = self;
    this.#ensemble = ensemble;
    this.clock = clock;
    this.connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    this.#helloTimeoutMs = options.helloTimeoutMs ?? this.connectTimeoutMs;
    this.#tcpKeepAlive = options.tcpKeepAlive !== false;
    this.maxFrameBytes = settings.maxFrameBytes;
    this.#maxUnlistedServers = options.maxUnlistedServers ?? DEFAULT_MAX_UNLISTED_SERVERS;
    this.#settings = settings;
    this.#options = options;
    this.#log = new RepeatedLog(logger, clock);
    this.#tls = options.tls === undefined ? undefined : new PortTls(options.tls);
    const listenerOptions: ListenerOptions = {
      port: settings.port,
      clock,
      log: this.#log,
      context: () => this.#context(),
      helloTimeoutMs: this.#helloTimeoutMs,
      tcpKeepAlive: this.#tcpKeepAlive,
      maxFrameBytes: settings.maxFrameBytes,
      tls: this.#tls,
      sasl: options.sasl,
    };
    const onAllAddresses = options.listenOnAllAddresses === true;
    const portOptions = {
      port: settings.port,
      clock,
      logger,
      log: this.#log,
      onAllAddresses,
      maxTries: options.maxListenTries ?? 1,
    };
    const createListener = (): Listener => new Listener(listenerOptions, onHello);
    this.#ports = new ListeningPorts(() => new ListeningPort(createListener, portOptions), onAllAddresses);
  }

  get listeningAddress(): ServerAddress | undefined {
    return this.#ports.address;
  }

  get ensemble(): Ensemble {
    return this.#ensemble;
  }

  /** An own address that is another one in the new ensemble is listened on from now on; without one the last stays. */
  setEnsemble(ensemble: Ensemble): void {
    this.#ensemble = ensemble;
    const own = this.addressesOf(this.self);
    if (own.length > 0 && this.#closing === undefined) this.#ports.moveTo(own);
  }

  async listen(): Promise<void> {
    assert(this.#closing === undefined, 'a closed transport does not start again');
    const own = this.addressesOf(this.self);
    assert(own.length > 0, `server ${this.self} is not in its own ensemble`);
    await this.#ports.listen(own);
  }

  isListed(server: ServerId): boolean {
    return this.#ensemble.servers.has(server);
  }

  /** Why a server outside the ensemble is not taken beside the others that are connected; undefined when it is, or is in the ensemble. */
  refusalOfUnlisted(server: ServerId, connected: Iterable<ServerId>): Refusal | undefined {
    if (this.isListed(server)) return undefined;
    const others = new Set([...connected].filter((other) => other !== server && !this.isListed(other)));
    if (others.size < this.#maxUnlistedServers) return undefined;
    const reason = `server ${this.self} is connected to ${others.size} servers outside its server list already`;
    this.warnOfPeer(server, `refused server ${server}: ${reason}`);
    return { code: CloseCode.TOO_MANY_UNLISTED, reason };
  }

  /** Undefined when the server is not in the ensemble. */
  dial(to: ServerId, handler: DialHandler): Dial | undefined {
    const addresses = this.addressesOf(to);
    if (addresses.length === 0) return undefined;
    const { clock, connectTimeoutMs, maxFrameBytes } = this;
    const timing = { clock, connectTimeoutMs, helloTimeoutMs: this.#helloTimeoutMs, tcpKeepAlive: this.#tcpKeepAlive };
    const lookup = this.#options.lookup === undefined ? {} : { lookup: this.#options.lookup };
    const secure = this.#tls?.dialling;
    const saslClients = this.#options.sasl?.clients;
    const options = { ...timing, maxFrameBytes, secure, saslClients, sockets: this.#dialled, ...lookup };
    return new Dial({ peer: to, addresses }, options, () => this.#context(), handler);
  }

  hello(purpose: Purpose, to: ServerId, details: readonly number[]): Hello {
    const { electionModule = '' } = this.#settings;
    return { purpose, from: this.self, to, clusterName: this.#options.clusterName ?? '', details, electionModule };
  }

  encodedHello(purpose: Purpose, to: ServerId, details: readonly number[]): Uint8Array {
    return encodeHello(this.hello(purpose, to, details));
  }

  /** A warning about a peer, said once until it changes or peerReached(). */
  warnOfPeer(peer: ServerId, message: string): void {
    const addresses = this.addressesOf(peer).map(formatAddress);
    const fields = { peer, ...(addresses.length === 0 ? {} : { address: addresses.join('|') }) };
    this.#log.warn(`server ${peer}`, `${this.#settings.port} port: ${message}`, fields);
  }

  peerReached(peer: ServerId): void {
    this.#log.forget(`server ${peer}`);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#tls?.close();
    for (const socket of this.#dialled) socket.destroy();
    await this.#ports.close();
  }

  /** Empty when the server is not in the ensemble. */
  addressesOf(server: ServerId, ensemble: Ensemble = this.#ensemble): readonly ServerAddress[] {
    const specification = ensemble.servers.get(server);
    if (specification === undefined) return [];
    const addresses = addressesOf(specification).map((place) => this.#addressAt(place));
    // An observer master has one port number, and so one port where two addresses differ in theirs alone.
    return addresses.filter(
      (address, index) => addresses.findIndex((other) => isSameAddress(address, other)) === index,
    );
  }

  #addressAt({ electionAddress, quorumAddress }: ReturnType<typeof addressesOf>[number]): ServerAddress {
    if (this.#settings.port === 'election') return electionAddress;
    if (this.#settings.port === 'quorum') return quorumAddress;
    return { host: quorumAddress.host, port: this.#options.observerMasterPort as number };
  }

  /**
   * Whether the host at the other end of a connection still answers, asked where there is another way to that server (reachabilityCheckEnabled).
   * False when that is not asked; else `onUnreachable` is called when it does not, and `onOver` in any case.
   */
  checkReachable(peer: ServerId, socket: FrameSocket, handler: ReachabilityHandler): boolean {
    const { reachabilityTimeoutMs: timeoutMs } = this.#options;
    const [place, ...others] = this.addressesOf(peer);
    if (timeoutMs === undefined || place === undefined || others.length === 0 || socket.remote === undefined)
      return false;
    const address = { host: socket.remote.host, port: place.port };
    checkReachable(address, { clock: this.clock, timeoutMs, sockets: this.#dialled }, (isReachable) => {
      handler.onOver();
      if (!isReachable) handler.onUnreachable(formatAddress(address));
    });
    return true;
  }

  #context(): HelloContext {
    const { clusterName = '' } = this.#options;
    return {
      self: this.self,
      ensemble: this.#ensemble,
      clusterName,
      electionModule: this.#settings.electionModule ?? '',
      purposes: this.#settings.purposes,
      admitsUnlisted: this.#maxUnlistedServers > 0,
    };
  }
}
