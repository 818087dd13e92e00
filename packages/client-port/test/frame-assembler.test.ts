import { describe, expect, it } from 'vitest';
import { FrameAssembler } from '../src/frame-assembler.ts';
import { frameOf, lengthOf } from './port-fixture.ts';

const MAX = 1000;

function assemble(chunks: readonly Uint8Array[], maxFrameBytes = MAX) {
  const assembler = new FrameAssembler(maxFrameBytes);
  const delivered: Uint8Array[] = [];
  let problem: string | undefined;
  for (const chunk of chunks) {
    problem = assembler.push(chunk, (frames) => {
      delivered.push(frames);
      return true;
    });
    if (problem !== undefined) break;
  }
  return { delivered, problem, assembler };
}

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

describe('FrameAssembler', () => {
  it('hands on a chunk of whole frames as it is, in one piece and without a copy', () => {
    const chunk = Buffer.concat([frameOf('a'), frameOf('bc'), frameOf('')]);
    const { delivered } = assemble([chunk]);
    expect(delivered).toEqual([chunk]);
    expect(delivered[0]).toBe(chunk);
  });

  it('hands on the whole frames of a chunk that ends within one, without a copy', () => {
    const chunk = Buffer.concat([frameOf('a'), frameOf('b'), frameOf('cut').subarray(0, 5)]);
    const { delivered, assembler } = assemble([chunk]);
    expect(delivered).toHaveLength(1);
    expect(delivered[0]?.buffer).toBe(chunk.buffer);
    expect(delivered[0]).toEqual(chunk.subarray(0, 10));
    expect(assembler.bufferedBytes).toBe(5);
  });

  it('does not refer to a chunk once it is handled: the rest of a frame is copied', () => {
    const chunk = Buffer.from(frameOf('abcd').subarray(0, 6));
    const assembler = new FrameAssembler(MAX);
    const delivered: Uint8Array[] = [];
    const deliver = (frames: Uint8Array): boolean => delivered.push(frames) > 0;
    assembler.push(chunk, deliver);
    chunk.fill(0);
    assembler.push(frameOf('abcd').subarray(6), deliver);
    expect(Buffer.concat(delivered)).toEqual(frameOf('abcd'));
  });

  it('finds the same frames however the bytes are cut', () => {
    const frames = ['', 'a', 'bcd', 'x'.repeat(MAX), 'y'.repeat(17), ''].map(frameOf);
    const bytes = Buffer.concat(frames);
    for (let size = 1; size <= bytes.length; size++) {
      const { delivered, problem, assembler } = assemble(cut(bytes, size));
      expect(problem).toBeUndefined();
      expect(Buffer.concat(delivered).equals(bytes)).toBe(true);
      expect(assembler.bufferedBytes).toBe(0);
    }
  });

  it('takes a frame of exactly the limit and refuses one byte more, before its bytes arrive', () => {
    expect(assemble([frameOf('x'.repeat(MAX))]).problem).toBeUndefined();
    expect(assemble([lengthOf(MAX + 1)]).problem).toBe('a frame of 1001 bytes, more than jute.maxbuffer=1000');
    expect(assemble(cut(lengthOf(MAX + 1), 1)).problem).toBe('a frame of 1001 bytes, more than jute.maxbuffer=1000');
  });

  it('cuts an oversized frame behind another after eight bytes, and drops the rest, however the bytes are cut', () => {
    const oversized = frameOf('12345678'.padEnd(MAX + 1, 'x'));
    const bytes = Buffer.concat([frameOf('first'), oversized, frameOf('never')]);
    for (let size = 1; size <= bytes.length; size++) {
      const { delivered, problem, assembler } = assemble(cut(bytes, size));
      expect(problem).toBeUndefined();
      expect(Buffer.concat(delivered).equals(Buffer.concat([frameOf('first'), oversized.subarray(0, 12)]))).toBe(true);
      expect(assembler.isDraining).toBe(true);
      expect(assembler.bufferedBytes).toBe(0);
    }
  });

  it('drains sixteen times the limit, and no more', () => {
    const head = Buffer.concat([frameOf('first'), lengthOf(16 * MAX), Buffer.alloc(8)]);
    expect(assemble([head, Buffer.alloc(16 * MAX)]).problem).toBeUndefined();
    expect(assemble([head, Buffer.alloc(16 * MAX + 1)]).problem).toContain('oversized');
    expect(assemble([frameOf('first'), lengthOf(16 * MAX + 1)]).problem).toContain('more than jute.maxbuffer');
  });

  it.each([-1, -0x8000_0000, 0x8fff_ffff | 0])('refuses the negative length %i', (length) => {
    expect(assemble([lengthOf(length)]).problem).toBe(`a frame of the negative length ${length}`);
    expect(assemble(cut(lengthOf(length), 3)).problem).toBe(`a frame of the negative length ${length}`);
  });

  it('delivers the frames before a bad length', () => {
    const { delivered, problem } = assemble([Buffer.concat([frameOf('good'), lengthOf(-1), frameOf('never')])]);
    expect(delivered).toEqual([frameOf('good')]);
    expect(problem).toContain('negative');
  });

  it('stops when the receiver wants no more', () => {
    const assembler = new FrameAssembler(MAX);
    const delivered: Uint8Array[] = [];
    const refuse = (frames: Uint8Array): boolean => {
      delivered.push(frames);
      return false;
    };
    const bytes = frameOf('first');
    assembler.push(bytes.subarray(0, 6), refuse);
    assembler.push(Buffer.concat([bytes.subarray(6), frameOf('second')]), refuse);
    expect(delivered).toEqual([new Uint8Array(frameOf('first'))]);
  });

  it('gives a begun frame memory for what arrived, not for what it announces', () => {
    const limit = 64 * 1024 * 1024;
    const assembler = new FrameAssembler(limit);
    const before = process.memoryUsage().arrayBuffers;
    const assemblers = Array.from({ length: 100 }, () => new FrameAssembler(limit));
    for (const one of [assembler, ...assemblers]) one.push(lengthOf(limit), () => true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});
