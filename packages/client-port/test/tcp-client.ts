import { connect, type Socket } from 'node:net';
import type { RawClient } from '@zebu/compliance-tests/client-transport';

/** A client that may do anything that TCP allows. */
export class TcpClient implements RawClient {
  readonly socket: Socket;
  #chunks: Uint8Array[] = [];
  #closed = false;
  readonly #listeners = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#changed();
    });
  }

  static connect(this: void, port: number, host = '127.0.0.1'): Promise<TcpClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, allowHalfOpen: false }, () => {
        socket.off('error', reject);
        resolve(new TcpClient(socket));
      });
      socket.once('error', reject);
    });
  }

  write(bytes: Uint8Array | string): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Closes the sending side alone. */
  halfClose(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  received(): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    return new Uint8Array(all.buffer, all.byteOffset, all.length);
  }

  text(): string {
    return Buffer.from(this.received()).toString();
  }

  closed(): boolean {
    return this.#closed;
  }

  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (condition()) resolve();
      };
      this.subscribe(check);
      check();
    });
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.#closed);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
