import { makeZxid, type QuorumPacket } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { Outbox, type OutboxLink } from '../src/outbox.ts';
import { decodeFrame } from '../src/packet-decoder.ts';

class RecordingLink implements OutboxLink {
  readonly frames: Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  send(...packets: QuorumPacket[]): void {
    for (const packet of packets) this.#pending.push(this.#outbox.encode(packet));
    this.#outbox.schedule(this);
  }

  takePending(): readonly Uint8Array[] {
    return this.#pending.splice(0);
  }

  write(frames: readonly Uint8Array[]): void {
    this.frames.push(...frames);
  }
}

const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(1 as never, counter) });
const proposal: QuorumPacket = { type: 'PROPOSAL', txns: [new Uint8Array(100)] };
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const packetsOf = (frame: Uint8Array | undefined): QuorumPacket[] => decodeFrame(new Uint8Array(frame ?? [])).packets;

describe('outbox', () => {
  it('encodes a packet object once, however many links it goes to', () => {
    const outbox = new Outbox(1e6);
    expect(outbox.encode(proposal)).toBe(outbox.encode(proposal));
    expect(outbox.encode(proposal)).not.toBe(outbox.encode({ ...proposal }));
  });

  it('forgets what it encoded when the turn is over', async () => {
    const outbox = new Outbox(1e6);
    const link = new RecordingLink(outbox);
    const first = outbox.encode(proposal);
    link.send(proposal);
    await endOfTurn();
    expect(outbox.encode(proposal)).not.toBe(first);
  });

  it('writes one frame a turn to each link, and the same bytes to links that get the same packets', async () => {
    const outbox = new Outbox(1e6);
    const [left, right, other] = [new RecordingLink(outbox), new RecordingLink(outbox), new RecordingLink(outbox)];
    const commit = commitOf(1);
    for (const link of [left, right, other]) link.send(proposal);
    for (const link of [left, right]) link.send(commit);
    expect(left.frames).toEqual([]);
    await endOfTurn();
    expect([left, right, other].map((link) => link.frames.length)).toEqual([1, 1, 1]);
    expect(left.frames[0]).toBe(right.frames[0]);
    expect(packetsOf(left.frames[0])).toEqual([proposal, commit]);
    expect(packetsOf(other.frames[0])).toEqual([proposal]);
  });

  it('writes long batches as several frames', async () => {
    const outbox = new Outbox(1000);
    const link = new RecordingLink(outbox);
    link.send(...Array.from({ length: 20 }, () => ({ ...proposal })));
    await endOfTurn();
    expect(link.frames.length).toBeGreaterThan(1);
    for (const frame of link.frames) expect(frame.length).toBeLessThanOrEqual(1000);
    expect(link.frames.flatMap(packetsOf)).toHaveLength(20);
  });
});
