// How long the next record of a snapshot's body is, as far as the bytes at hand tell.

import { SnapshotFormatError } from './snapshot-format-error.ts';

/** jute.maxbuffer may be raised, but hardly to this; a length beyond it is garbage, and nobody should wait for so much. */
const MAX_FIELD_BYTES = 1 << 30;
const INT_BYTES = 4;
const LONG_BYTES = 8;
const STAT_PERSISTED_BYTES = 60;
const MINIMUM_ACL_BYTES = 12;
const SLASH = 0x2f;

/** The bytes that have come and are not read: bytes[start, end). */
export interface Window {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Each measure gives the record's length, or if its bytes are not all there, one that is at least needed to tell more. */
export type Measure = (window: Window) => number;

export const measureCount: Measure = () => INT_BYTES;

export const measureSession: Measure = () => LONG_BYTES + INT_BYTES;

/** Id, and a vector of permissions, scheme and id. */
export function measureAcl(window: Window): number {
  let length = LONG_BYTES + INT_BYTES;
  if (isShort(window, length)) return length;
  const count = lengthAt(window, LONG_BYTES);
  for (let i = 0; i < count; i++) {
    const rest = (count - i) * MINIMUM_ACL_BYTES;
    if (isShort(window, length + rest)) return length + rest;
    length += INT_BYTES;
    length += INT_BYTES + lengthAt(window, length);
    if (isShort(window, length + INT_BYTES)) return length + INT_BYTES;
    length += INT_BYTES + lengthAt(window, length);
  }
  return length;
}

/** Path, data, ACL id and Stat; or the end mark, which is a path alone. */
export function measureNode(window: Window): number {
  if (isShort(window, INT_BYTES)) return INT_BYTES;
  let length = INT_BYTES + lengthAt(window, 0);
  if (length === INT_BYTES + 1) {
    if (isShort(window, length) || window.bytes[window.start + INT_BYTES] === SLASH) return length;
  }
  length += INT_BYTES;
  if (isShort(window, length)) return length;
  return length + lengthAt(window, length - INT_BYTES) + LONG_BYTES + STAT_PERSISTED_BYTES;
}

/** True for a path that only the end mark has. */
export function isEndMark(window: Window): boolean {
  return intAt(window, 0) === 1 && window.bytes[window.start + INT_BYTES] === SLASH;
}

const isShort = (window: Window, length: number): boolean => window.end - window.start < length;

/** 0 for null. */
function lengthAt(window: Window, offset: number): number {
  const length = intAt(window, offset);
  if (length < -1 || length > MAX_FIELD_BYTES) throw new SnapshotFormatError(`impossible length ${length}`);
  return Math.max(length, 0);
}

function intAt({ bytes, start }: Window, offset: number): number {
  const at = start + offset;
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
