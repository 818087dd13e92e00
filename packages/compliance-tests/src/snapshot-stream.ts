// The part of the QuorumTransport suite that speaks of snapshots.

import { describe, expect, it } from 'vitest';
import { commitOf } from './quorum-packets.ts';
import { type QuorumPair, received } from './quorum-servers.ts';
import { comparable, until } from './transport-support.ts';

interface SnapshotContext {
  readonly linkedPair: () => Promise<QuorumPair>;
  readonly sever: (a: number, b: number) => void;
}

const CHUNK_BYTES = 64 * 1024;
/** More than sockets and queues hold between two servers of one machine. */
const MANY_CHUNKS = 800;
/** What may be under way unread: the kernel's buffers of both ends, and some of our own. */
const UNREAD_LIMIT_CHUNKS = 400;

export function snapshotCompliance(context: () => SnapshotContext): void {
  describe('snapshots', () => {
    it.each(['leader to learner', 'learner to leader'])('streams a snapshot whole and in order, %s', async (way) => {
      const pair = await context().linkedPair();
      const source = new Source([1, 100, 1_000_000, 3, CHUNK_BYTES]);
      const sending = way === 'leader to learner' ? fromLeader(pair, source) : fromLearner(pair, source);
      const reader = await (way === 'leader to learner' ? atLearner(pair) : atLeader(pair));
      const bytes = await readAll(reader);
      await sending;
      expect(comparable(bytes)).toBe(comparable(source.expected));
      expect(source.closed).toBe(true);
    });

    it('streams an empty snapshot', async () => {
      const pair = await context().linkedPair();
      const sending = fromLeader(pair, new Source([]));
      expect(await readAll(await atLearner(pair))).toHaveLength(0);
      await sending;
    });

    it('comes behind the packets that were sent before it', async () => {
      const pair = await context().linkedPair();
      pair.leader.transport.send(pair.incoming, [commitOf(1)]);
      const sending = fromLeader(pair, new Source([10]));
      const reader = await atLearner(pair);
      const events = pair.learner.handler.events.filter((event) => !event.startsWith('up'));
      expect(events).toEqual([`packets ${pair.outgoing}`, `snapshot ${pair.outgoing}`]);
      await readAll(reader);
      await sending;
    });

    it('does not resolve before the peer has received the end', async () => {
      const pair = await context().linkedPair();
      let resolved = false;
      const sending = fromLeader(pair, new Source([10, 10])).then(() => {
        resolved = true;
      });
      const reader = (await atLearner(pair))[Symbol.asyncIterator]();
      await reader.next();
      await exchangePackets(pair);
      expect(resolved).toBe(false);
      while ((await reader.next()).done !== true);
      await sending;
    });

    it('pulls the source only as fast as the peer reads, and packets flow meanwhile', async () => {
      const pair = await context().linkedPair();
      const source = new Source(Array.from({ length: MANY_CHUNKS }, () => CHUNK_BYTES));
      const sending = fromLeader(pair, source);
      const reader = await atLearner(pair);
      let pulled = -1;
      while (pulled !== source.pulled) {
        pulled = source.pulled;
        for (let i = 0; i < 20; i++) await exchangePackets(pair);
      }
      expect(pulled).toBeLessThan(UNREAD_LIMIT_CHUNKS);
      expect(await readAll(reader)).toHaveLength(MANY_CHUNKS * CHUNK_BYTES);
      await sending;
    });

    it('does not count the stream in queuedBytes', async () => {
      const pair = await context().linkedPair();
      const sending = fromLeader(pair, new Source(Array.from({ length: MANY_CHUNKS }, () => CHUNK_BYTES)));
      const reader = await atLearner(pair);
      await exchangePackets(pair);
      await pair.leader.transport.drained(pair.incoming, 0);
      expect(pair.leader.transport.queuedBytes(pair.incoming)).toBe(0);
      await readAll(reader);
      await sending;
    });

    it('streams several snapshots of one link at once', async () => {
      const pair = await context().linkedPair();
      const sources = [new Source([1000, 2000]), new Source([3000])];
      const sending = sources.map((source) => fromLeader(pair, source));
      await until(() => pair.learner.handler.streams.length === 2, 'both have arrived');
      const lengths = await Promise.all(
        pair.learner.handler.streams.map(async ({ chunks }) => (await readAll(chunks)).length),
      );
      await Promise.all(sending);
      expect(lengths).toEqual([3000, 3000]);
    });

    it('breaks on both sides when the connection breaks', async () => {
      const { sever, linkedPair } = context();
      const pair = await linkedPair();
      const source = new Source(Array.from({ length: MANY_CHUNKS }, () => CHUNK_BYTES));
      const sending = expect(fromLeader(pair, source)).rejects.toThrow();
      const reader = await atLearner(pair);
      const reading = expect(readAll(reader)).rejects.toThrow();
      sever(pair.learner.id, pair.leader.id);
      await Promise.all([sending, reading]);
      await until(() => source.closed, 'the source is closed');
    });

    it('breaks on both sides when the reading side closes the link', async () => {
      const pair = await context().linkedPair();
      const sending = expect(fromLeader(pair, new Source([10, 10, 10]))).rejects.toThrow();
      const reader = (await atLearner(pair))[Symbol.asyncIterator]();
      await reader.next();
      pair.learner.transport.closeLink(pair.outgoing);
      await sending;
      await expect(reader.next()).rejects.toThrow();
    });

    it('breaks on both sides when the sending side closes the link', async () => {
      const pair = await context().linkedPair();
      const source = new Source(Array.from({ length: MANY_CHUNKS }, () => CHUNK_BYTES));
      const sending = expect(fromLeader(pair, source)).rejects.toThrow();
      const reader = (await atLearner(pair))[Symbol.asyncIterator]();
      await reader.next();
      pair.leader.transport.closeLink(pair.incoming);
      await sending;
      const rest = async (): Promise<void> => {
        while ((await reader.next()).done !== true);
      };
      await expect(rest()).rejects.toThrow();
    });

    it('breaks on both sides when the source fails, and leaves the link up', async () => {
      const pair = await context().linkedPair();
      const failure = new Error('the disk is gone');
      const sending = expect(fromLeader(pair, new Source([10, failure]))).rejects.toBe(failure);
      await expect(readAll(await atLearner(pair))).rejects.toThrow();
      await sending;
      await exchangePackets(pair);
    });

    it('rejects at the sender when the reader gives up, and leaves the link up', async () => {
      const pair = await context().linkedPair();
      const source = new Source([10, 10, 10]);
      const sending = expect(fromLeader(pair, source)).rejects.toThrow();
      for await (const chunk of await atLearner(pair)) {
        expect(chunk).toHaveLength(10);
        break;
      }
      await sending;
      await until(() => source.closed, 'the source is closed');
      await exchangePackets(pair);
    });

    it('rejects on a link that is down', async () => {
      const pair = await context().linkedPair();
      pair.leader.transport.closeLink(pair.incoming);
      await expect(fromLeader(pair, new Source([10]))).rejects.toThrow();
    });

    it('breaks when the transport is closed', async () => {
      const pair = await context().linkedPair();
      const sending = expect(fromLeader(pair, new Source([10, 10]))).rejects.toThrow();
      const reader = (await atLearner(pair))[Symbol.asyncIterator]();
      await reader.next();
      await pair.leader.transport.close();
      await sending;
    });
  });
}

const fromLeader = ({ leader, incoming }: QuorumPair, source: Source): Promise<void> =>
  leader.transport.sendSnapshot(incoming, source.chunks());
const fromLearner = ({ learner, outgoing }: QuorumPair, source: Source): Promise<void> =>
  learner.transport.sendSnapshot(outgoing, source.chunks());
const atLearner = ({ learner, outgoing }: QuorumPair): Promise<AsyncIterable<Uint8Array>> =>
  streamOf(learner.handler, outgoing);
const atLeader = ({ leader, incoming }: QuorumPair): Promise<AsyncIterable<Uint8Array>> =>
  streamOf(leader.handler, incoming);

async function streamOf(
  handler: QuorumPair['leader']['handler'],
  link: QuorumPair['incoming'],
): Promise<AsyncIterable<Uint8Array>> {
  await until(() => handler.streams.length > 0, 'the stream has arrived');
  const [stream] = handler.streams;
  expect(stream?.link).toBe(link);
  return (stream as { chunks: AsyncIterable<Uint8Array> }).chunks;
}

/** A packet each way: whatever was under way before has arrived. */
async function exchangePackets({ learner, leader, outgoing, incoming }: QuorumPair): Promise<void> {
  const counts = [leader.handler.packetsOn(incoming).length, learner.handler.packetsOn(outgoing).length] as const;
  learner.transport.send(outgoing, [commitOf(1)]);
  await received(leader, incoming, counts[0] + 1);
  leader.transport.send(incoming, [commitOf(2)]);
  await received(learner, outgoing, counts[1] + 1);
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Chunks of the given lengths, each with bytes of its own; an Error among them is thrown. */
class Source {
  pulled = 0;
  closed = false;
  readonly #plan: readonly (number | Error)[];

  constructor(plan: readonly (number | Error)[]) {
    this.#plan = plan;
  }

  get expected(): Uint8Array {
    return Buffer.concat(this.#plan.map((length, i) => new Uint8Array(length as number).fill(i + 1)));
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (const [i, length] of this.#plan.entries()) {
        if (length instanceof Error) throw length;
        this.pulled++;
        yield new Uint8Array(length).fill(i + 1);
      }
    } finally {
      this.closed = true;
    }
  }
}
