// multiRead in several steps answers what it would have answered in one.

import { decodeMultiReadResponse, JuteWriter, type MultiReadOperation, type MultiReadResult } from '@zebu/jute';
import { type Acl, CreateMode, ErrorCode, OPEN_ACL_UNSAFE, OpCode, type ServerId } from '@zebu/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SMALL_SLICES } from './support/slices.ts';
import { SELF, type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const CHILDREN = Array.from({ length: 3 * SMALL_SLICES.entryCount }, (_, index) => `child-${index}`);
const PATHS = ['/', '/zookeeper', '/a', '/a/b', '/big', `/big/${CHILDREN[7]}`, '/none'];
const UNREADABLE: readonly Acl[] = [{ permissions: 30, scheme: 'world', id: 'anyone' }];

type Move =
  | { readonly type: 'read'; readonly reader: number; readonly parts: readonly MultiReadOperation[] }
  | { readonly type: 'write'; readonly request: wire.RequestBody }
  | { readonly type: 'tick' };

const child = fc.nat({ max: CHILDREN.length - 1 }).map((index) => `/big/${CHILDREN[index]}`);
const somePath = fc.oneof(fc.constantFrom(...PATHS.slice(2)), child);
const write: fc.Arbitrary<wire.RequestBody> = fc.oneof(
  { weight: 3, arbitrary: somePath.map((path) => wire.remove(path)) },
  { weight: 2, arbitrary: somePath.map((path) => wire.create(path)) },
  { weight: 2, arbitrary: somePath.map((path) => wire.setData(path, 'changed')) },
  { weight: 1, arbitrary: somePath.map((path) => wire.setAcl(path, UNREADABLE)) },
  { weight: 1, arbitrary: fc.constant(wire.create('/big/new-', { flags: CreateMode.PERSISTENT_SEQUENTIAL })) },
);
const part: fc.Arbitrary<MultiReadOperation> = fc.record({
  type: fc.constantFrom('getData' as const, 'getChildren' as const),
  path: fc.oneof(fc.constantFrom(...PATHS), child),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('read' as const),
      reader: fc.nat({ max: 1 }),
      parts: fc.array(part, { maxLength: 12 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('write' as const), request: write }) },
  { weight: 6, arbitrary: fc.constant({ type: 'tick' as const }) },
);

/** A list has no order. */
const sorted = (results: readonly MultiReadResult[]): MultiReadResult[] =>
  results.map((each) => (each.type === 'getChildren' ? { ...each, children: [...each.children].toSorted() } : each));

const contentOf = ({ error, zxid, body }: wire.Reply) => {
  const results = sorted(decodeMultiReadResponse(body));
  expect(body.remaining).toBe(0);
  return { error, zxid, results };
};

class Run {
  readonly #leader = new TestLeader();
  readonly #sliced: TestServer = this.#leader.serve(SELF, { slices: SMALL_SLICES });
  /** Answers everything here in one step. */
  readonly #whole: TestServer = this.#leader.serve(2 as ServerId);
  readonly #readers: readonly TestClient[] = [this.#sliced.connect(), this.#sliced.connect()];
  readonly #expected: wire.Reply[][] = [[], []];
  readonly #reference: TestClient = this.#whole.connect();
  readonly #writer: TestClient = this.#whole.connect();

  constructor() {
    this.#sliced.sendsInPieces = true;
    this.#write(wire.create('/a'), wire.create('/a/b'), wire.create('/big'));
    this.#write(...CHILDREN.map((name) => wire.create(`/big/${name}`)));
  }

  perform(step: Move): void {
    switch (step.type) {
      case 'read':
        return this.#read(step.reader, step.parts);
      case 'write':
        return this.#write(step.request);
      case 'tick':
        this.#sliced.step({ type: 'tick', late: false });
    }
  }

  /** Also one that has waited behind another of its client is of its own moment, so a reader asks for one at a time. */
  finish(): void {
    this.#sliced.tickWhileDue();
    for (const [index, reader] of this.#readers.entries()) {
      expect(reader.replies().map(contentOf)).toEqual(this.#expected[index]?.map(contentOf));
      expect(reader.paused).toBe(false);
    }
  }

  #read(index: number, parts: readonly MultiReadOperation[]): void {
    const reader = this.#readers[index] as TestClient;
    if (reader.paused) return;
    reader.request(wire.multiRead(parts));
    this.#reference.request(wire.multiRead(parts));
    this.#expected[index]?.push(this.#reference.reply());
  }

  #write(...requests: readonly wire.RequestBody[]): void {
    this.#writer.request(...requests);
    this.#leader.commit();
  }
}

function bigServer() {
  const leader = new TestLeader();
  const server = leader.serve(SELF, { slices: SMALL_SLICES });
  server.sendsInPieces = true;
  const [client, other] = [server.connect(), server.connect()];
  const write = (...requests: readonly wire.RequestBody[]): void => {
    other.request(...requests);
    leader.commit();
    for (const { error } of other.replies()) expect(error).toBe(ErrorCode.OK);
  };
  write(wire.create('/big'), ...CHILDREN.map((name) => wire.create(`/big/${name}`)));
  return { leader, server, client, other, write };
}

const getData = (path: string): MultiReadOperation => ({ type: 'getData', path });

describe('multiRead in slices', () => {
  it('answers as of one zxid, whatever is written meanwhile, also beside others', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 5, maxLength: 60 }), (moves) => {
        const run = new Run();
        for (const step of moves) run.perform(step);
        run.finish();
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  it('lets others be answered between, and what the client asks for behind it wait', () => {
    const { server, client, other } = bigServer();
    client.request(wire.multiRead(PATHS.map(getData)), wire.exists('/big'));
    other.request(wire.exists('/big'));
    expect(other.reply().error).toBe(ErrorCode.OK);
    expect(client.replies()).toEqual([]);
    expect(server.tickWhileDue()).toBeGreaterThan(2);
    expect(client.xids()).toEqual([1, 2]);
  });

  it('keeps nothing of the tree once it is answered, or its client is gone', () => {
    const { server, client, other } = bigServer();
    for (const reader of [client, other]) reader.request(wire.multiRead(PATHS.map(getData)));
    server.step({ type: 'tick', late: false });
    client.disconnect();
    server.tickWhileDue();
    expect(other.xids()).toHaveLength(1);
    expect(server.processor.nextWakeup()).toBeUndefined();
  });

  it('is judged by who the client is', () => {
    const { leader, server, client, other, write } = bigServer();
    client.request(wire.auth('digest', 'user:secret'));
    expect(client.reply().error).toBe(ErrorCode.OK);
    write(wire.create('/mine'));
    client.request(wire.setAcl('/mine', [{ permissions: 31, scheme: 'auth', id: '' }]));
    leader.commit();
    expect(client.reply().error).toBe(ErrorCode.OK);
    for (const each of [client, other])
      each.request(wire.multiRead(Array.from({ length: 10 }, () => getData('/mine'))));
    server.tickWhileDue();
    expect(contentOf(client.reply()).results.map(({ type }) => type)).toEqual(Array(10).fill('getData'));
    const { results } = contentOf(other.reply());
    expect(results).toEqual(results.map(() => ({ type: 'error', error: ErrorCode.NOAUTH })));
  });

  it('is answered with an error alone when it turns out to be malformed late', () => {
    const { server, client } = bigServer();
    const { type, payload } = wire.multiRead(PATHS.map(getData));
    client.request({ type, payload: payload.subarray(0, payload.length - 20) });
    server.tickWhileDue();
    expect(client.reply()).toMatchObject({ error: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
    client.request(wire.exists('/big'));
    expect(client.reply().error).toBe(ErrorCode.OK);
  });

  it('comes to an end before a part of a write, of which all are read first', () => {
    const { server, client } = bigServer();
    const out = new JuteWriter();
    for (const { payload } of [
      wire.multi(Array.from({ length: 9 }, () => ({ type: 'check' as const, path: '/', version: 0 }))),
    ])
      out.writeRaw(payload);
    client.request({ type: OpCode.MULTI_READ, payload: out.take() });
    server.tickWhileDue();
    const { error, results } = contentOf(client.reply());
    expect({ error, results }).toEqual({ error: ErrorCode.MARSHALLINGERROR, results: [] });
  });

  it('is refused where the answer would be larger than any client takes', () => {
    const { server, client, write } = bigServer();
    write(wire.create('/data', { data: new Uint8Array(1_000_000), acl: OPEN_ACL_UNSAFE }));
    client.request(wire.multiRead(Array.from({ length: 70 }, () => getData('/data'))));
    server.tickWhileDue();
    expect(client.reply()).toMatchObject({ error: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
    client.request(wire.exists('/'));
    expect(client.reply().error).toBe(ErrorCode.OK);
  });
});
