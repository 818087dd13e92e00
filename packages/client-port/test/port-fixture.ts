// A started port on a free TCP port, a handler that records, and the clients of one test.

import type {
  ClientTransportHandler,
  ConnectionId,
  FourLetterWordAnswer,
  FourLetterWordRequest,
} from '@zebu/interfaces';
import { type ClientPort, type ClientPortOptions, createClientPort } from '../src/index.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingLogger } from './recording-logger.ts';
import { TcpClient } from './tcp-client.ts';

export const DEFAULT_OPTIONS: ClientPortOptions = {
  address: { host: '127.0.0.1', port: 0 },
  fourLetterWords: new Set(['ruok', 'srvr']),
  maxFrameBytes: 1_048_575,
  maxConnectionsPerAddress: 0,
  maxConnections: 0,
  sessionlessTimeoutMs: 10_000,
  tcpKeepAlive: false,
};

export class PortFixture implements ClientTransportHandler {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly port: ClientPort;
  readonly clients: TcpClient[] = [];
  readonly connected: ConnectionId[] = [];
  readonly remoteAddresses: string[] = [];
  readonly identities: (readonly string[])[] = [];
  readonly disconnected: ConnectionId[] = [];
  readonly drained: ConnectionId[] = [];
  readonly frames: { readonly connection: ConnectionId; readonly bytes: Uint8Array }[] = [];
  accepts = true;
  onFrame: (connection: ConnectionId, bytes: Uint8Array) => void = () => {};
  answer: (word: string) => FourLetterWordAnswer = (word) => `answer to ${word}`;
  readonly requests: FourLetterWordRequest[] = [];
  /** Whom the port showed to each word. */
  readonly strangers: string[][] = [];
  readonly #listeners = new Set<() => void>();

  private constructor(options: Partial<ClientPortOptions>) {
    const dependencies = { clock: this.clock, logger: this.logger };
    this.port = createClientPort(dependencies, { ...DEFAULT_OPTIONS, ...options });
  }

  static async start(options: Partial<ClientPortOptions> = {}): Promise<PortFixture> {
    const fixture = new PortFixture(options);
    await fixture.port.start(fixture);
    return fixture;
  }

  get portNumber(): number {
    return this.port.address?.port ?? 0;
  }

  get securePortNumber(): number {
    return this.port.secureAddress?.port ?? 0;
  }

  async connect(): Promise<TcpClient> {
    const client = await TcpClient.connect(this.portNumber);
    this.clients.push(client);
    return client;
  }

  /** A client whose every frame comes back: it must stay untouched by whatever others do. */
  async healthyNeighbour(): Promise<{ check(): Promise<void> }> {
    const client = await this.connect();
    let count = 0;
    const check = async (): Promise<void> => {
      const before = this.frames.length;
      client.write(frameOf(`healthy ${count++}`));
      await this.until(() => this.frames.length > before);
      const connection = this.frames.at(-1)?.connection as ConnectionId;
      const expected = client.received().length + 8;
      this.port.send(connection, frameOf('pong'));
      await client.until(() => client.received().length === expected);
    };
    await check();
    return { check };
  }

  async stop(): Promise<void> {
    await this.port.close();
    for (const client of this.clients) client.close();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (condition()) resolve();
      };
      this.#listeners.add(check);
      check();
    });
  }

  onConnect(connection: ConnectionId, remoteAddress: string, identities: readonly string[] = []): boolean {
    this.connected.push(connection);
    this.identities.push(identities);
    this.remoteAddresses.push(remoteAddress);
    this.#changed();
    return this.accepts;
  }

  onFrames(connection: ConnectionId, bytes: Uint8Array): void {
    this.frames.push({ connection, bytes: bytes.slice() });
    this.onFrame(connection, bytes);
    this.#changed();
  }

  onDrained(connection: ConnectionId): void {
    this.drained.push(connection);
    this.#changed();
  }

  onDisconnect(connection: ConnectionId): void {
    this.disconnected.push(connection);
    this.#changed();
  }

  onFourLetterWord(request: FourLetterWordRequest): FourLetterWordAnswer {
    this.requests.push(request);
    this.strangers.push([...request.port.strangers()]);
    return this.answer(request.word);
  }

  /** Waits until the value does not change for many turns of the loop. */
  async settled(value: () => number): Promise<void> {
    for (let before = -1; before !== value(); ) {
      before = value();
      await turns(200);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function frameOf(text: string): Uint8Array {
  const bytes = Buffer.alloc(4 + text.length, text, 'latin1');
  bytes.writeInt32BE(text.length, 0);
  bytes.write(text, 4, 'latin1');
  return bytes;
}

export const lengthOf = (length: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(length);
  return bytes;
};

/** Lets everything that is under way in this process happen: a few turns of the loop. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
