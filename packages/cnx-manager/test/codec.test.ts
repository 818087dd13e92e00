import { InvariantError, makeZxid, NO_ZXID, type Epoch, type QuorumPacket } from '@zebu/protocol';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { FrameError } from '../src/frame-error.ts';
import { decodeHello, encodeHello } from '../src/hello.ts';
import { pack } from '../src/msgpack.ts';
import { decodeNotification, encodeNotification } from '../src/notification-codec.ts';
import { decodeFrame } from '../src/packet-decoder.ts';
import { encodePacket, encodeSnapshotOffer } from '../src/packet-encoder.ts';
import { serverId } from './environment.ts';
import { anyNotification, anyPacket } from './packet-arbitraries.ts';
import { helloFrame } from './scripted-peer.ts';

const epoch = (value: number): Epoch => value as Epoch;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const RUNS = { seed: 20_26, numRuns: 500 };

const decoders: [string, (frame: Uint8Array) => unknown, fc.Arbitrary<Uint8Array>][] = [
  ['packets', decodeFrame, anyPacket.map(encodePacket)],
  ['notification', decodeNotification, anyNotification.map(encodeNotification)],
  ['hello', decodeHello, fc.constant(helloFrame(1, 2, { clusterName: 'blue' }))],
];

describe('packets on the wire', () => {
  it.each<[string, QuorumPacket, string]>([
    ['COMMIT', { type: 'COMMIT', zxid: makeZxid(epoch(1), 2) }, '93 04 01 02'],
    ['large COMMIT', { type: 'COMMIT', zxid: makeZxid(epoch(0x8000_0000), 0x1_0000) }, '93 04 ce80000000 ce00010000'],
    ['ACKEPOCH', { type: 'ACKEPOCH', currentEpoch: epoch(-1), lastZxid: NO_ZXID }, '94 12 ff ceffffffff ceffffffff'],
    ['PROPOSAL', { type: 'PROPOSAL', txns: [new Uint8Array(32).fill(7)] }, `92 02 91 c420 ${'07'.repeat(32)}`],
    ['SYNC', { type: 'SYNC', syncId: 0x1_0000_0003 }, '93 07 01 03'],
    [
      'PING',
      { type: 'PING', round: 5, sessions: [{ sessionId: 1n as never, timeoutMs: 400 }] },
      '94 05 00 05 93 00 01 cd0190',
    ],
  ])('%s has its golden bytes', (_name, packet, bytes) => {
    expect(hex(encodePacket(packet))).toBe(bytes.replaceAll(' ', ''));
    expect(decodeFrame(unhex(bytes)).packets).toEqual([packet]);
  });

  it('gives back any packets that were joined into a frame', () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1, maxLength: 8 }), (packets) => {
        const frame = new Uint8Array(Buffer.concat(packets.map(encodePacket)));
        expect(decodeFrame(frame)).toEqual({ packets, offeredStreams: [] });
      }),
      RUNS,
    );
  });

  it('gives back any notification', () => {
    fc.assert(
      fc.property(anyNotification, (notification) => {
        expect(decodeNotification(new Uint8Array(encodeNotification(notification)))).toEqual(notification);
      }),
      RUNS,
    );
  });

  it('gives back snapshot offers beside packets', () => {
    const packet: QuorumPacket = { type: 'SNAP', zxid: makeZxid(epoch(1), 2) };
    const frame = Buffer.concat([encodePacket(packet), encodeSnapshotOffer(4), encodeSnapshotOffer(6)]);
    expect(decodeFrame(new Uint8Array(frame))).toEqual({ packets: [packet], offeredStreams: [4, 6] });
  });

  it('decodes binaries as plain views into the frame', () => {
    const frame = new Uint8Array(encodePacket({ type: 'PROPOSAL', txns: [new Uint8Array(40), new Uint8Array(300)] }));
    const [packet] = decodeFrame(frame).packets;
    const txns = packet?.type === 'PROPOSAL' ? packet.txns : [];
    expect(txns.map((txn) => txn.length)).toEqual([40, 300]);
    for (const txn of txns) {
      expect(txn.buffer).toBe(frame.buffer);
      expect(Object.getPrototypeOf(txn)).toBe(Uint8Array.prototype);
    }
  });

  it('never writes again over bytes that it gave out', () => {
    const lengths = Array.from({ length: 400 }, (_, i) => 32 + ((i * 7919) % (i % 50 === 0 ? 2_000_000 : 5_000)));
    const encoded = lengths.map((length, i) =>
      encodePacket({ type: 'INFORM', txns: [new Uint8Array(length).fill(i)] }),
    );
    for (const [i, bytes] of encoded.entries()) {
      const again = encodePacket({ type: 'INFORM', txns: [new Uint8Array(lengths[i] as number).fill(i)] });
      expect(Buffer.compare(bytes, again)).toBe(0);
    }
  });

  it.each<[string, () => unknown]>([
    ['an epoch', () => encodePacket({ type: 'LEADERINFO', epoch: epoch(2 ** 32) })],
    ['a fraction', () => encodePacket({ type: 'SYNC', syncId: 1.5 })],
    ['a zxid', () => encodePacket({ type: 'ACK', zxid: (2n ** 64n) as never })],
  ])('refuses to send %s out of range', (_name, encode) => {
    expect(encode).toThrow(InvariantError);
  });
});

describe('bytes that are no frame', () => {
  it.each(decoders)('of %s: random ones give FrameError', (_name, decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyFrameError(decode, bytes)),
      { ...RUNS, numRuns: 3000 },
    );
  });

  it.each(decoders)('of %s: any msgpack gives FrameError', (_name, decode) => {
    const packr = new Packr({ useRecords: true, moreTypes: true });
    const anything = fc.oneof(
      fc.anything({ withDate: true, withMap: true, withTypedArray: true }),
      fc.array(fc.integer()),
    );
    fc.assert(
      fc.property(anything, (value) => onlyFrameError(decode, new Uint8Array(packr.pack(value)))),
      { ...RUNS, numRuns: 2000 },
    );
  });

  it.each(decoders)('of %s: changed bytes give FrameError or another value', (_name, decode, frames) => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.nat(255), (frame, where, byte) => {
        const changed = new Uint8Array(frame);
        changed[where % changed.length] = byte;
        onlyFrameError(decode, changed);
      }),
      { ...RUNS, numRuns: 3000 },
    );
  });

  it.each(decoders)('of %s: every truncation gives FrameError', (_name, decode, frames) => {
    fc.assert(
      fc.property(frames, (frame) => {
        for (let length = 0; length < frame.length; length++) {
          expect(() => decode(new Uint8Array(frame.subarray(0, length)))).toThrow(FrameError);
        }
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  it.each<[string, string]>([
    ['a map', '81 01 02'],
    ['a map in an array', '92 04 81a16101'],
    ['nil', '92 04 c0'],
    ['a boolean', '92 04 c3'],
    ['a float', '93 04 01 cb3ff0000000000000'],
    ['a 64-bit integer', '93 04 01 cf0000000000000001'],
    ['a record definition', 'd4 72 40 91 a161 01'],
    ['a date', 'd6 ff 00000001'],
    ['the unused type', 'c1'],
    ['an array of four billion', 'dd ffffffff'],
    ['a binary of four gigabytes', '92 02 91 c6ffffffff'],
    ['arrays without end', '91'.repeat(5000)],
    ['an integer alone', '05'],
    ['an empty frame', ''],
    ['an empty array', '90'],
    ['an unknown packet type', '92 63 01'],
    ['a packet type that is no number', '92 a3616263 01'],
    ['a field too many', '94 04 01 02 03'],
    ['a field too few', '92 04 01'],
    ['a negative half', '93 04 01 ff'],
    ['a txn shorter than its header', `92 02 91 c41f ${'00'.repeat(31)}`],
    ['a run of integers', '92 02 93 01 02 03'],
    ['a boolean beyond 1', '97 06 00 00 00 02 00 00'],
    ['an incomplete session', '94 05 00 05 92 00 01'],
    ['an offer of no stream', '91 00'],
  ])('%s gives FrameError', (_name, bytes) => {
    expect(() => decodeFrame(unhex(bytes))).toThrow(FrameError);
  });

  it('an oversized extension gives FrameError, and is not sent', () => {
    const fields = [0, 1, 0, 5, 1, 0, 1, 0, 0, new Uint8Array(4097)];
    expect(() => decodeNotification(pack(fields))).toThrow(FrameError);
    const notification = decodeNotification(pack([0, 1, 0, 5, 1, 0, 1, 0, 0]));
    expect(() => encodeNotification({ ...notification, extension: new Uint8Array(4097) })).toThrow(InvariantError);
  });

  it('a notification of a state that does not exist gives FrameError', () => {
    for (const state of [-1, 4]) {
      expect(() => decodeNotification(pack([state, 1, 0, 5, 1, 0, 1, 0, 0]))).toThrow(FrameError);
    }
  });

  it('bytes behind a notification or a hello give FrameError', () => {
    const behind = (frame: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([frame, Buffer.of(0x90)]));
    expect(() => decodeNotification(behind(pack([0, 1, 0, 5, 1, 0, 1, 0, 0])))).toThrow(FrameError);
    const hello = {
      purpose: 'quorum',
      from: serverId(1),
      to: serverId(2),
      clusterName: '',
      details: [],
      electionModule: '',
    } as const;
    expect(() => decodeHello(behind(encodeHello(hello)))).toThrow(FrameError);
  });
});

function onlyFrameError(decode: (frame: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FrameError);
  }
}
