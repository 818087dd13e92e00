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

/** Text of valid UTF-8; anything else is a JuteError, since a replaced character would name another znode. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const e = bytes[at + 4] as number;
    const f = bytes[at + 5] as number;
    const g = bytes[at + 6] as number;
    const h = bytes[at + 7] as number;
    if (((a | b | c | d | e | f | g | h) & 0x80) !== 0) return text + readCodePoints(bytes, at, end);
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return text + readCodePoints(bytes, at, end);
    text += String.fromCharCode(byte);
  }
  return text;
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
