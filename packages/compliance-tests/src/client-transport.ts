// What every ClientTransport must do on the server's side, whatever carries its bytes.

import type { ClientTransport, ClientTransportHandler, ConnectionId, FourLetterWordRequest } from '@zebu/interfaces';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A client that speaks bytes: it may cut frames wherever it likes. */
export interface RawClient {
  write(bytes: Uint8Array): void;
  close(): void;
  /** Everything received so far. */
  received(): Uint8Array;
  /** True once the server closed the connection, or the client did. */
  closed(): boolean;
  /** The listener is called whenever one of the above changed. */
  subscribe(listener: () => void): void;
}

export interface ClientTransportFixture {
  /** Not started yet. */
  readonly transport: ClientTransport;
  /** Connects to the started transport. */
  connect(): Promise<RawClient>;
  teardown(): Promise<void>;
}

export function clientTransportCompliance(name: string, setup: () => Promise<ClientTransportFixture>): void {
  describe(`ClientTransport: ${name}`, () => {
    let fixture: ClientTransportFixture;
    let transport: ClientTransport;
    let server: RecordingHandler;

    beforeEach(async () => {
      fixture = await setup();
      transport = fixture.transport;
      server = new RecordingHandler();
      await transport.start(server);
    });

    afterEach(async () => {
      await transport.close();
      await fixture.teardown();
    });

    /** A connected client that has introduced itself with one frame, and its connection on the server's side. */
    async function connected(introduction: string): Promise<{ client: RawClient; connection: ConnectionId }> {
      const client = await fixture.connect();
      client.write(frame(introduction));
      await server.until(() => server.all().includes(introduction));
      return { client, connection: server.connectionThatSent(introduction) };
    }

    it('delivers the frames of one connection whole and in order, however their bytes are cut', async () => {
      for (const size of [1, 3, 4, 5, 8192, 1_000_000]) {
        const texts = ['', 'a', 'bc', 'x'.repeat(size < 10 ? 300 : 70_000), 'last'];
        const bytes = concat(texts.map(frame));
        const client = await fixture.connect();
        const before = server.all().length;
        for (const piece of pieces(bytes, size)) client.write(piece);
        await server.until(() => server.all().length === before + texts.length);
        expect(server.all().slice(before)).toEqual(texts);
        client.close();
      }
    });

    it('hands over plain bytes, of which slice() is a copy', async () => {
      const kept: Uint8Array[] = [];
      server.onBytes = (frames) => kept.push(frames.slice(), frames);
      await connected('keep me');
      const [copy, original] = kept;
      expect(copy?.buffer).not.toBe(original?.buffer);
      expect(textsOf(copy ?? new Uint8Array())).toEqual(['keep me']);
    });

    it('tells of a connection before its frames, each with an id of its own', async () => {
      const first = await connected('first');
      const second = await connected('second');
      expect(first.connection).not.toBe(second.connection);
      expect(server.events.slice(0, 2)).toEqual([`connect ${first.connection}`, `frames ${first.connection}`]);
      expect(server.remoteAddresses.every((address) => address.length > 0)).toBe(true);
    });

    it('closes a refused connection without a byte', async () => {
      server.accepts = false;
      const client = await fixture.connect();
      client.write(frame('let me in'));
      await until(client, () => client.closed());
      expect(client.received()).toHaveLength(0);
      expect(server.all()).toEqual([]);
      expect(server.disconnected).toEqual([]);
    });

    it('sends to the right client, in order, also when many sends share a turn', async () => {
      const one = await connected('one');
      const two = await connected('two');
      for (let i = 0; i < 500; i++) {
        transport.send(one.connection, frame(`one ${i}`));
        transport.send(two.connection, frame(`two ${i}`));
      }
      const expected = (who: string) => concat(Array.from({ length: 500 }, (_, i) => frame(`${who} ${i}`)));
      await until(one.client, () => one.client.received().length >= expected('one').length);
      await until(two.client, () => two.client.received().length >= expected('two').length);
      expectBytes(one.client.received(), expected('one'));
      expectBytes(two.client.received(), expected('two'));
    });

    it('sends large and small buffers in order', async () => {
      const { client, connection } = await connected('hello');
      const buffers = [frame('s'), frame('L'.repeat(3_000_000)), frame('m'.repeat(40_000)), frame('s')];
      for (const bytes of buffers) transport.send(connection, bytes);
      const expected = concat(buffers);
      await until(client, () => client.received().length >= expected.length);
      expectBytes(client.received(), expected);
    });

    it('answers from within onFrames', async () => {
      server.onFrame = (connection, text) => transport.send(connection, frame(`re: ${text}`));
      const client = await fixture.connect();
      client.write(concat([frame('a'), frame('b')]));
      const expected = concat([frame('re: a'), frame('re: b')]);
      await until(client, () => client.received().length >= expected.length);
      expectBytes(client.received(), expected);
    });

    it('delivers nothing of a paused connection until it is resumed, and then everything', async () => {
      const paused = await connected('paused');
      transport.pauseReading(paused.connection);
      for (let i = 0; i < 100; i++) paused.client.write(frame(`later ${i}`));
      const other = await connected('other');
      other.client.write(frame('goes on'));
      await server.until(() => server.all().includes('goes on'));
      expect(server.of(paused.connection)).toEqual(['paused']);
      transport.resumeReading(paused.connection);
      await server.until(() => server.of(paused.connection).length === 101);
      expect(server.of(paused.connection).slice(1)).toEqual(Array.from({ length: 100 }, (_, i) => `later ${i}`));
    });

    it('tells once when what was sent has left, also when nothing was, and in a later turn', async () => {
      const one = await connected('one');
      const two = await connected('two');
      const bytes = frame('L'.repeat(3_000_000));
      transport.send(one.connection, bytes);
      for (const { connection } of [one, two]) transport.awaitDrain(connection);
      expect(server.drained).toEqual([]);
      await server.until(() => server.drained.length === 2);
      expect(new Set(server.drained)).toEqual(new Set([one.connection, two.connection]));
      await until(one.client, () => one.client.received().length >= bytes.length);
      expect(server.drained).toHaveLength(2);
    });

    it('closes a connection after what was sent before has left, and does not report one’s own closing', async () => {
      const { client, connection } = await connected('hello');
      const goodbye = frame('goodbye '.repeat(50_000));
      transport.send(connection, goodbye);
      transport.closeConnection(connection);
      transport.send(connection, frame('too late'));
      await until(client, () => client.closed());
      expectBytes(client.received(), goodbye);
      await connected('somebody else');
      expect(server.disconnected).toEqual([]);
    });

    it('closes a connection while the client is still sending, and hears it no more', async () => {
      server.onFrame = (connection) => transport.closeConnection(connection);
      const client = await fixture.connect();
      client.write(frame('first'));
      await until(client, () => client.closed());
      server.onFrame = () => {};
      await connected('somebody else');
      expect(server.all()).toEqual(['first', 'somebody else']);
    });

    it('reports a client that left, once, and ignores what is sent to it', async () => {
      const { client, connection } = await connected('hello');
      const stayer = await connected('stayer');
      client.close();
      await server.until(() => server.disconnected.length > 0);
      transport.send(connection, frame('nobody hears this'));
      transport.pauseReading(connection);
      transport.resumeReading(connection);
      transport.closeConnection(connection);
      stayer.client.write(frame('still here'));
      await server.until(() => server.all().includes('still here'));
      expect(server.disconnected).toEqual([connection]);
    });

    it('ignores connections that never were', async () => {
      const nobody = 999_999 as ConnectionId;
      transport.send(nobody, frame('x'));
      transport.pauseReading(nobody);
      transport.resumeReading(nobody);
      transport.awaitDrain(nobody);
      transport.closeConnection(nobody);
      await connected('hello');
    });

    it('closes every connection when it is closed, and calls nobody afterwards', async () => {
      const clients = [await connected('a'), await connected('b')];
      await Promise.all([transport.close(), transport.close()]);
      const eventCount = server.events.length;
      for (const { client } of clients) await until(client, () => client.closed());
      await transport.close();
      expect(server.events).toHaveLength(eventCount);
    });
  });
}

/** Remembers what it is told, frame by frame. */
class RecordingHandler implements ClientTransportHandler {
  accepts = true;
  onFrame: (connection: ConnectionId, text: string) => void = () => {};
  onBytes: (frames: Uint8Array) => void = () => {};
  readonly events: string[] = [];
  readonly remoteAddresses: string[] = [];
  readonly disconnected: ConnectionId[] = [];
  readonly drained: ConnectionId[] = [];
  readonly #frames: { readonly connection: ConnectionId; readonly text: string }[] = [];
  readonly #listeners = new Set<() => void>();

  onConnect(connection: ConnectionId, remoteAddress: string): boolean {
    this.events.push(`connect ${connection}`);
    this.remoteAddresses.push(remoteAddress);
    this.#changed();
    return this.accepts;
  }

  onFrames(connection: ConnectionId, frames: Uint8Array): void {
    this.events.push(`frames ${connection}`);
    this.onBytes(frames);
    for (const text of textsOf(frames)) {
      this.#frames.push({ connection, text });
      this.onFrame(connection, text);
    }
    this.#changed();
  }

  onDrained(connection: ConnectionId): void {
    this.drained.push(connection);
    this.#changed();
  }

  onDisconnect(connection: ConnectionId): void {
    this.events.push(`disconnect ${connection}`);
    this.disconnected.push(connection);
    this.#changed();
  }

  onFourLetterWord({ word }: FourLetterWordRequest): string {
    return `answer to ${word}`;
  }

  all(): string[] {
    return this.#frames.map(({ text }) => text);
  }

  of(connection: ConnectionId): string[] {
    return this.#frames.filter((entry) => entry.connection === connection).map(({ text }) => text);
  }

  connectionThatSent(text: string): ConnectionId {
    const entry = this.#frames.find((candidate) => candidate.text === text);
    if (entry === undefined) throw new Error(`nobody sent "${text}"`);
    return entry.connection;
  }

  until(condition: () => boolean): Promise<void> {
    return until({ subscribe: (listener) => this.#listeners.add(listener) }, condition);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function until(source: { subscribe(listener: () => void): void }, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (condition()) resolve();
    };
    source.subscribe(check);
    check();
  });
}

function frame(text: string): Uint8Array {
  const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, 4);
  return bytes;
}

function textsOf(frames: Uint8Array): string[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
  const texts: string[] = [];
  for (let at = 0; at < frames.length; ) {
    const length = view.getInt32(at);
    texts.push(Array.from(frames.subarray(at + 4, at + 4 + length), (code) => String.fromCharCode(code)).join(''));
    at += 4 + length;
    expect(at).toBeLessThanOrEqual(frames.length);
  }
  return texts;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Says where two long arrays differ, without printing them. */
function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((byte, at) => byte !== expected[at])).toBe(-1);
}

const pieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
