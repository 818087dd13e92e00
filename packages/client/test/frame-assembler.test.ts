import { FrameAssembler, FrameError } from '@zebu/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

fc.configureGlobal({ seed: 32 });

const MAX = 300;

function framed(bodies: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      bodies.flatMap((body) => {
        const length = Buffer.alloc(4);
        length.writeInt32BE(body.length);
        return [length, body];
      }),
    ),
  );
}

/** Pushes the chunks, and takes apart again every run of frames that comes out. */
function assembled(chunks: readonly Uint8Array[], assembler = new FrameAssembler(MAX)): string[] {
  const bodies: string[] = [];
  for (const chunk of chunks) {
    assembler.push(chunk, (frames) => {
      const run = Buffer.from(frames);
      expect(run.length).toBeGreaterThan(0);
      for (let at = 0; at < run.length; at += 4 + run.readInt32BE(at)) {
        bodies.push(run.subarray(at + 4, at + 4 + run.readInt32BE(at)).toString('hex'));
        expect(at + 4 + run.readInt32BE(at)).toBeLessThanOrEqual(run.length);
      }
    });
  }
  return bodies;
}

const hexOf = (bodies: readonly Uint8Array[]): string[] => bodies.map((body) => Buffer.from(body).toString('hex'));
const bodies = fc.array(fc.uint8Array({ maxLength: MAX }), { maxLength: 6 });

describe('FrameAssembler', () => {
  it('gives the frames of one chunk in one run, without a copy', () => {
    const chunk = framed([new Uint8Array(1), new Uint8Array(0), new Uint8Array(2)]);
    const runs: Uint8Array[] = [];
    new FrameAssembler(MAX).push(chunk, (frames) => runs.push(frames));
    expect(runs).toHaveLength(1);
    expect(runs[0]).toBe(chunk);
  });

  it('puts frames together that arrive one byte at a time', () => {
    fc.assert(
      fc.property(bodies, (all) => {
        const bytes = framed(all);
        const chunks = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
        expect(assembled(chunks)).toEqual(hexOf(all));
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(2000), { maxLength: 8 }), (all, cuts) => {
        const bytes = framed(all);
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(assembled(chunks)).toEqual(hexOf(all));
      }),
      { numRuns: 500 },
    );
  });

  it('takes a frame of the limit, and goes on after it', () => {
    const assembler = new FrameAssembler(200_000);
    const large = framed([new Uint8Array(200_000), new Uint8Array(3)]);
    const cut = [large.subarray(0, 70_000), large.subarray(70_000, 150_000), large.subarray(150_000)];
    expect(assembled(cut, assembler).map((body) => body.length / 2)).toEqual([200_000, 3]);
    expect(assembled([framed([new Uint8Array(5)])], assembler)).toEqual(['0000000000']);
  });

  it.each([
    ['ffffffff', 'frame of -1 bytes'],
    ['80000000', 'frame of -2147483648 bytes'],
    ['0000012d', 'frame of 301 bytes; the limit is 300'],
    ['7fffffff', 'frame of 2147483647 bytes'],
  ])('refuses the length %s, whole or byte by byte, first or later', (hex, message) => {
    const length = Buffer.from(hex, 'hex');
    const good = framed([new Uint8Array(2)]);
    for (const bytes of [length, Buffer.concat([good, length])]) {
      expect(() => assembled([bytes])).toThrow(message);
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(() => assembled(single)).toThrow(FrameError);
    }
  });

  it('gives frames or a FrameError for any garbage, and never holds more than a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        try {
          assembled(chunks);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
