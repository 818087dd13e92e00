import { JuteError, JuteReader, JuteWriter } from '@zebu/jute';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, unhex } from './support.ts';

fc.configureGlobal({ seed: 20 });

function written(write: (writer: JuteWriter) => void): string {
  const writer = new JuteWriter(1);
  write(writer);
  return hex(writer.view());
}

describe('JuteWriter', () => {
  it('writes integers big-endian', () => {
    expect(written((w) => w.writeInt(-2))).toBe('fffffffe');
    expect(written((w) => w.writeInt(0x01020304))).toBe('01020304');
    expect(written((w) => w.writeLong(-2n))).toBe('fffffffffffffffe');
    expect(written((w) => w.writeLong(0x1_0000_0005n))).toBe('0000000100000005');
    expect(written((w) => w.writeLongHalves(0xffffffff, 0x80000001))).toBe('ffffffff80000001');
    expect(written((w) => w.writeBool(true))).toBe('01');
    expect(written((w) => w.writeBool(false))).toBe('00');
  });

  it('writes null as length -1 and empty as length 0', () => {
    expect(written((w) => w.writeString(null))).toBe('ffffffff');
    expect(written((w) => w.writeString(''))).toBe('00000000');
    expect(written((w) => w.writeBuffer(null))).toBe('ffffffff');
    expect(written((w) => w.writeBuffer(new Uint8Array(0)))).toBe('00000000');
  });

  it('writes a safe integer as a long', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((w) => w.writeLongNumber(value))).toBe(written((w) => w.writeLong(BigInt(value))));
      }),
    );
    expect(() => new JuteWriter().writeLongNumber(2 ** 53)).toThrow('safe integer');
  });

  it('writes UTF-8 as Java does, a lone surrogate as a question mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const expected = Buffer.from(text, 'utf8');
        expect(written((w) => w.writeString(text)).slice(8)).toBe(expected.toString('hex'));
      }),
    );
    expect(written((w) => w.writeString('a\ud83d'))).toBe('00000002613f');
    expect(written((w) => w.writeString('\ude00\ud83db'))).toBe('000000033f3f62');
  });

  it('copies a range of raw bytes, short or long', () => {
    for (const length of [0, 1, 63, 64, 65, 1000]) {
      const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => i & 0xff);
      expect(written((w) => w.writeRaw(bytes, 1, length + 1))).toBe(hex(bytes.subarray(1, length + 1)));
      expect(written((w) => w.writeBuffer(bytes)).slice(8)).toBe(hex(bytes));
    }
    expect(() => new JuteWriter().writeRaw(new Uint8Array(2), 1, 3)).toThrow('no bytes');
  });

  it('reserves a zero-filled gap that is patched later, also where older bytes were', () => {
    const writer = new JuteWriter();
    writer.writeLong(-1n);
    writer.reset();
    const at = writer.reserve(4);
    expect(hex(writer.view())).toBe('00000000');
    writer.writeString('/a');
    writer.patchInt(at, writer.length - 4);
    expect(hex(writer.take())).toBe('00000006000000022f61');
    expect(writer.length).toBe(0);
    expect(() => writer.patchInt(0, 1)).toThrow('outside');
  });

  it('forgets the end of what was written, and nothing that was not', () => {
    const writer = new JuteWriter();
    for (const each of [1, 2, 3]) writer.writeInt(each);
    writer.truncate(4);
    writer.writeInt(4);
    expect(hex(writer.view())).toBe('0000000100000004');
    expect(() => writer.truncate(9)).toThrow('written');
  });

  it('hands out a copy that later writes leave alone', () => {
    const writer = new JuteWriter();
    writer.writeInt(1);
    const taken = writer.take();
    writer.writeInt(2);
    expect(hex(taken)).toBe('00000001');
    expect(taken.byteLength).toBe(taken.buffer.byteLength);
  });
});

describe('JuteReader', () => {
  it('reads back what was written', () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant('int' as const), value: fc.integer() }),
      fc.record({ kind: fc.constant('long' as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
      fc.record({ kind: fc.constant('number' as const), value: fc.maxSafeInteger() }),
      fc.record({ kind: fc.constant('string' as const), value: fc.option(fc.string({ unit: 'binary' })) }),
      fc.record({ kind: fc.constant('buffer' as const), value: fc.option(fc.uint8Array({ maxLength: 100 })) }),
      fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const writer = new JuteWriter(1);
        for (const each of values) {
          if (each.kind === 'int') writer.writeInt(each.value);
          else if (each.kind === 'long') writer.writeLong(each.value);
          else if (each.kind === 'number') writer.writeLongNumber(each.value);
          else if (each.kind === 'string') writer.writeString(each.value);
          else if (each.kind === 'buffer') writer.writeBuffer(each.value);
          else writer.writeBool(each.value);
        }
        const reader = new JuteReader(writer.view());
        for (const each of values) {
          if (each.kind === 'int') expect(reader.readInt()).toBe(each.value);
          else if (each.kind === 'long') expect(reader.readLong()).toBe(each.value);
          else if (each.kind === 'number') expect(reader.readLongNumber()).toBe(each.value + 0);
          else if (each.kind === 'string') expect(reader.readString()).toBe(each.value);
          else if (each.kind === 'buffer') expect(reader.readBuffer()).toEqual(each.value);
          else expect(reader.readBool()).toBe(each.value);
        }
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('reads long text, wherever the first letter beyond ASCII stands', () => {
    for (const length of [0, 1, 63, 64, 65, 127, 128, 129, 1000]) {
      for (const text of ['x'.repeat(length), `${'x'.repeat(length)}é`, `é${'y'.repeat(length)}`]) {
        const writer = new JuteWriter();
        writer.writeString(text);
        expect(new JuteReader(writer.view()).readString()).toBe(text);
      }
    }
  });

  it('decodes exactly the UTF-8 that a strict decoder accepts', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const interesting = fc.constantFrom(
      0x00,
      0x2f,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
      0x90,
      0x9f,
      0xa0,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(interesting, fc.nat(255)), { maxLength: 12 }), (bytes) => {
        const writer = new JuteWriter();
        writer.writeBuffer(Uint8Array.from(bytes));
        let expected: string | undefined;
        try {
          expected = strict.decode(Uint8Array.from(bytes));
        } catch {
          expected = undefined;
        }
        const reader = new JuteReader(writer.view());
        if (expected === undefined) expect(() => reader.readString()).toThrow(JuteError);
        else expect(reader.readString()).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes any byte but zero for true', () => {
    expect(new JuteReader(unhex('7f')).readBool()).toBe(true);
    expect(new JuteReader(unhex('00')).readBool()).toBe(false);
  });

  it('gives buffers as views of its bytes', () => {
    const bytes = unhex('00000002aabb');
    const buffer = new JuteReader(bytes).readBuffer();
    bytes[4] = 0xcc;
    expect(hex(buffer as Uint8Array)).toBe('ccbb');
  });

  it('gives plain views of a Node Buffer too, so that slice copies', () => {
    const pool = Buffer.from('ff00000002aabb', 'hex').subarray(1);
    const copy = new JuteReader(pool).readBuffer()?.slice();
    pool.fill(0);
    expect(copy).toEqual(unhex('aabb'));
    expect(Buffer.isBuffer(copy)).toBe(false);
  });

  it('reads no further than its end', () => {
    const reader = new JuteReader(unhex('0000000100000002'), 0, 6);
    expect(reader.readInt()).toBe(1);
    expect(reader.offset).toBe(4);
    expect(() => reader.readInt()).toThrow(JuteError);
    expect(() => reader.reset(new Uint8Array(2), 0, 3)).toThrow(JuteError);
  });

  it('says what is wrong, and where', () => {
    const failure = (text: string, read: (reader: JuteReader) => unknown): string => {
      try {
        read(new JuteReader(unhex(text)));
      } catch (error) {
        expect(error).toBeInstanceOf(JuteError);
        expect((error as JuteError).code).toBe('JUTE');
        return (error as JuteError).message;
      }
      return 'no error';
    };
    expect(failure('0000', (r) => r.readInt())).toBe('truncated int: 4 bytes needed, 2 left at byte 0');
    expect(failure('00000000000000', (r) => r.readLong())).toContain('truncated long');
    expect(failure('00000000000000', (r) => r.readLongNumber())).toContain('truncated long');
    expect(failure('', (r) => r.readBool())).toContain('truncated boolean');
    expect(failure('fffffffe', (r) => r.readString())).toContain('negative string length -2');
    expect(failure('80000000', (r) => r.readBuffer())).toContain('negative buffer length');
    expect(failure('7fffffff00', (r) => r.readBuffer())).toContain('buffer length 2147483647 with 1 bytes left');
    expect(failure('7fffffff', (r) => r.readCount(4))).toContain('vector count 2147483647');
    expect(failure('fffffffe', (r) => r.readCount(4))).toContain('negative vector count');
    expect(failure('0020000000000000', (r) => r.readLongNumber())).toContain('beyond the safe integers');
    expect(failure('00000002c328', (r) => r.readString())).toBe('bad UTF-8 at byte 4');
    expect(failure('00', (r) => r.skip(2))).toContain('truncated bytes');
    expect(failure('00', (r) => r.skip(-1))).toContain('negative skip');
  });
});
