import type { write, writeSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { LogStream, type LogStreamOptions } from '../src/log-stream.ts';

type Callback = (error: NodeJS.ErrnoException | null, writtenCount: number) => void;

/** A reader whose speed the test decides: writes wait until they are let through. */
class FakeFile {
  text = '';
  readonly pending: { readonly bytes: Buffer; readonly callback: Callback }[] = [];
  readonly write = ((_descriptor: number, bytes: Buffer, callback: Callback) => {
    this.pending.push({ bytes, callback });
  }) as unknown as typeof write;
  readonly writeSync = ((_descriptor: number, bytes: Buffer) => {
    this.text += bytes.toString();
    return bytes.length;
  }) as unknown as typeof writeSync;

  options(): LogStreamOptions {
    return { write: this.write, writeSync: this.writeSync };
  }

  /** Lets the oldest write through, as far as `count`. */
  take(count = Number.POSITIVE_INFINITY): void {
    const next = this.pending.shift();
    if (next === undefined) throw new Error('nothing is being written');
    const taken = next.bytes.subarray(0, count);
    this.text += taken.toString();
    next.callback(null, taken.length);
  }

  fail(code: string): void {
    this.pending.shift()?.callback(Object.assign(new Error(code), { code }), 0);
  }
}

it('writes one thing at a time, and together what came in the meantime', async () => {
  const file = new FakeFile();
  const stream = new LogStream(1, file.options());
  for (const line of ['a\n', 'b\n', 'c\n']) stream.write(line);
  expect(file.pending.map(({ bytes }) => bytes.toString())).toEqual(['a\n']);
  const drained = stream.drain();
  file.take();
  expect(file.pending.map(({ bytes }) => bytes.toString())).toEqual(['b\nc\n']);
  file.take();
  await drained;
  await stream.drain();
  expect(file.text).toBe('a\nb\nc\n');
});

it('goes on behind what a write left over', () => {
  const file = new FakeFile();
  const stream = new LogStream(1, file.options());
  stream.write('abcdef\n');
  file.take(2);
  file.take(1);
  file.take();
  expect(file.text).toBe('abcdef\n');
});

it('loses lines that a slow reader leaves no room for, and says how many', () => {
  const file = new FakeFile();
  const stream = new LogStream(1, { ...file.options(), maxWaitingBytes: 10 });
  stream.write('first\n');
  for (let i = 0; i < 5; i++) stream.write('12345\n');
  file.take();
  file.take();
  expect(file.text).toMatch(/^first\n12345\n\{"level":"warn","lostCount":4,/);
});

it('waits for a full pipe', () => {
  vi.useFakeTimers();
  const file = new FakeFile();
  const stream = new LogStream(1, file.options());
  stream.write('a\n');
  file.fail('EAGAIN');
  expect(file.pending).toEqual([]);
  vi.advanceTimersByTime(100);
  file.take();
  expect(file.text).toBe('a\n');
  vi.useRealTimers();
});

it('falls silent when the reader has gone', async () => {
  const file = new FakeFile();
  const stream = new LogStream(1, file.options());
  stream.write('a\n');
  stream.write('b\n');
  const drained = stream.drain();
  file.fail('EPIPE');
  await drained;
  stream.write('c\n');
  stream.flushNow();
  expect(file.pending).toEqual([]);
  expect(file.text).toBe('');
});

it('writes what waits at once when the process ends, and gives up rather than wait', () => {
  const file = new FakeFile();
  const stream = new LogStream(1, file.options());
  stream.write('under way\n');
  stream.write('waiting\n');
  stream.flushNow();
  expect(file.text).toBe('waiting\n');
  const broken = new LogStream(1, {
    ...file.options(),
    writeSync: () => {
      throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    },
  });
  broken.write('x\n');
  broken.write('y\n');
  broken.flushNow();
});
