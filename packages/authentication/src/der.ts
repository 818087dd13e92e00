// As much of DER as it takes to find the subject of a certificate.

export interface DerValue {
  readonly tag: number;
  /** Tag, length and contents, as they came. */
  readonly encoded: Uint8Array;
  readonly contents: Uint8Array;
}

export const DerTag = {
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  GENERAL_STRING: 0x1b,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

export class DerError extends Error {
  override readonly name = 'DerError';
  readonly code = 'DER';
}

/** The values that lie in the bytes one after the other. Throws DerError. */
export function readDerValues(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readDerValue(bytes.subarray(at));
    values.push(value);
    at += value.encoded.length;
  }
  return values;
}

/** The values within one that has the tag. Throws DerError. */
export function readDerChildren(value: DerValue | undefined, tag: number): DerValue[] {
  if (value?.tag !== tag) throw new DerError(`tag ${value?.tag} where ${tag} was expected`);
  return readDerValues(value.contents);
}

const LONG_LENGTH = 0x80;
const MAX_LENGTH_BYTES = 3;

function readDerValue(bytes: Uint8Array): DerValue {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new DerError('a value ends early');
  const lengthBytes = first < LONG_LENGTH ? 0 : first - LONG_LENGTH;
  if (lengthBytes > MAX_LENGTH_BYTES || (first >= LONG_LENGTH && lengthBytes === 0)) throw new DerError('bad length');
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  const start = 2 + lengthBytes;
  if (start + length > bytes.length) throw new DerError('a value ends early');
  return { tag, encoded: bytes.subarray(0, start + length), contents: bytes.subarray(start, start + length) };
}

/** `2.5.4.3` */
export function formatObjectIdentifier(contents: Uint8Array): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of contents) {
    number = (number << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0n;
    }
  }
  const [joint = 0n, ...rest] = numbers;
  const first = joint < 80n ? joint / 40n : 2n;
  return [first, joint - first * 40n, ...rest].join('.');
}
