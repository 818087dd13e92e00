// UTF-8 without TextEncoder, which pure packages do not have. Almost every string is an ASCII path, so ASCII comes first.

import { JuteError } from './jute-error.ts';

const QUESTION_MARK = 0x3f;

/** Writes `text` at `start` and returns the end. The caller has made room for three bytes a unit. */
export function writeUtf8(target: Uint8Array, start: number, text: string): number {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return writeUnits(target, start + i, text, i);
    target[start + i] = unit;
  }
  return start + length;
}

function writeUnits(target: Uint8Array, start: number, text: string, from: number): number {
  let at = start;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const pair = isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1));
    at = writeCodePoint(target, at, pair ? (text.codePointAt(i) as number) : unit);
    if (pair) i++;
  }
  return at;
}

function writeCodePoint(target: Uint8Array, at: number, code: number): number {
  let to = at;
  if (code < 0x80) {
    target[to++] = code;
  } else if (code < 0x800) {
    target[to++] = 0xc0 | (code >> 6);
    target[to++] = 0x80 | (code & 0x3f);
  } else if (isSurrogate(code)) {
    // As Java's String.getBytes does with half of a pair.
    target[to++] = QUESTION_MARK;
  } else if (code < 0x1_0000) {
    target[to++] = 0xe0 | (code >> 12);
    target[to++] = 0x80 | ((code >> 6) & 0x3f);
    target[to++] = 0x80 | (code & 0x3f);
  } else {
    target[to++] = 0xf0 | (code >> 18);
    target[to++] = 0x80 | ((code >> 12) & 0x3f);
    target[to++] = 0x80 | ((code >> 6) & 0x3f);
    target[to++] = 0x80 | (code & 0x3f);
  }
  return to;
}

/** Whether readUtf8 would read it: throws as that does. */
export function checkUtf8(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) < 0x80) continue;
    readUtf8(bytes, at, end);
    return;
  }
}

/** Text of valid UTF-8; anything else is a JuteError, since a replaced character would name another znode. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += LONGEST_RUN) {
    const run = readAsciiRun(bytes, at, Math.min(end, at + LONGEST_RUN));
    if (run === undefined) return text + readCodePoints(bytes, at, end);
    text = text === '' ? run : text + run;
  }
  return text;
}

/** Most paths fit in one run, and then the string is flat: one that was concatenated must be copied to be hashed. */
const LONGEST_RUN = 64;

/** One array for each length: applying fromCharCode to a small packed array is the fastest way to a string that pure code has. */
const RUNS: readonly number[][] = Array.from({ length: LONGEST_RUN + 1 }, (_, length) =>
  Array.from({ length }, () => 0),
);

/** Undefined when a byte is not ASCII. */
function readAsciiRun(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  const run = RUNS[length] as number[];
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] as number;
    seen |= byte;
    run[i] = byte;
  }
  return seen < 0x80 ? String.fromCharCode.apply(null, run) : undefined;
}

function readCodePoints(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    const length = sequenceLength(lead);
    if (length === 0 || at + length > end) throw new JuteError('bad UTF-8', at);
    text += String.fromCodePoint(length === 1 ? lead : readSequence(bytes, at, length));
    at += length;
  }
  return text;
}

/** Bytes of the sequence that `lead` starts, 0 when it starts none. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** Smallest code point that needs a sequence of the length; a smaller one is overlong. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x1_0000] as const;

function readSequence(bytes: Uint8Array, at: number, length: number): number {
  let code = (bytes[at] as number) & (0xff >> (length + 1));
  for (let i = at + 1; i < at + length; i++) {
    const byte = bytes[i] as number;
    if ((byte & 0xc0) !== 0x80) throw new JuteError('bad UTF-8', at);
    code = (code << 6) | (byte & 0x3f);
  }
  if (code < (SMALLEST[length] as number) || code > 0x10_ffff || isSurrogate(code))
    throw new JuteError('bad UTF-8', at);
  return code;
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
