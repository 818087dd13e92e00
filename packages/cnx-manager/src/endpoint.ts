// What both transports stand on: one port of this server. It listens, dials, says hello and refuses, for an ensemble that may change.

import type { Socket } from 'node:net';
import type { Clock } from '@zebu/interfaces';
import { assert, type Ensemble, type ServerAddress, type ServerId } from '@zebu/protocol';
import { formatAddress } from './address.ts';
import { Dial, type DialHandler } from './dial.ts';
import { encodeHello, type Hello, type HelloContext, type Purpose } from './hello.ts';
import { type HelloHandler, Listener, type ListenerOptions } from './listener.ts';
import { ListeningPort } from './listening-port.ts';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_MAX_UNLISTED_SERVERS,
  type TransportDependencies,
  type TransportOptions,
} from './options.ts';
import { PortTls } from './port-tls.ts';
import { CloseCode, type Refusal } from './refusal.ts';
import { RepeatedLog } from './repeated-log.ts';

export interface EndpointSettings {
  readonly port: 'election' | 'quorum';
  /** What connections to the port are for. */
  readonly purposes: readonly Purpose[];
  readonly maxFrameBytes: number;
  /** Of the election port, if it is known. */
  readonly electionModule?: string | undefined;
}

export class Endpoint {
  readonly self: ServerId;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly maxFrameBytes: number;
  readonly #maxUnlistedServers: number;
  #ensemble: Ensemble;
  readonly #settings: EndpointSettings;
  readonly #options: TransportOptions;
  readonly #log: RepeatedLog;
  readonly #port: ListeningPort;
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
      helloTimeoutMs: this.connectTimeoutMs,
      maxFrameBytes: settings.maxFrameBytes,
      tls: this.#tls,
      sasl: options.sasl,
    };
    this.#port = new ListeningPort(() => new Listener(listenerOptions, onHello), {
      port: settings.port,
      clock,
      logger,
      log: this.#log,
      onAllAddresses: options.listenOnAllAddresses === true,
    });
  }

  get listeningAddress(): ServerAddress | undefined {
    return this.#port.address;
  }

  get ensemble(): Ensemble {
    return this.#ensemble;
  }

  /** An own address that is another one in the new ensemble is listened on from now on; without one the last stays. */
  setEnsemble(ensemble: Ensemble): void {
    this.#ensemble = ensemble;
    const own = this.addressOf(this.self);
    if (own !== undefined && this.#closing === undefined) this.#port.moveTo(own);
  }

  async listen(): Promise<void> {
    assert(this.#closing === undefined, 'a closed transport does not start again');
    const own = this.addressOf(this.self);
    assert(own !== undefined, `server ${this.self} is not in its own ensemble`);
    await this.#port.listen(own);
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
    const address = this.addressOf(to);
    if (address === undefined) return undefined;
    const { clock, connectTimeoutMs, maxFrameBytes } = this;
    const lookup = this.#options.lookup === undefined ? {} : { lookup: this.#options.lookup };
    const secure = this.#tls?.dialling;
    const saslClients = this.#options.sasl?.clients;
    const options = { clock, connectTimeoutMs, maxFrameBytes, secure, saslClients, sockets: this.#dialled, ...lookup };
    return new Dial({ peer: to, address }, options, () => this.#context(), handler);
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
    const address = this.addressOf(peer);
    const fields = { peer, ...(address === undefined ? {} : { address: formatAddress(address) }) };
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
    await this.#port.close();
  }

  addressOf(server: ServerId): ServerAddress | undefined {
    const specification = this.#ensemble.servers.get(server);
    return this.#settings.port === 'election' ? specification?.electionAddress : specification?.quorumAddress;
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
