// What both sides of SCRAM-SHA-256 share (RFC 5802, RFC 7677): keys out of a password, proofs out of keys, and the attributes of messages.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const HASH = 'sha256';
export const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const MAX_MESSAGE_BYTES = 4096;
/** No channel binding, no authorization identity. */
export const GS2_HEADER = 'n,,';

/** What is left of a password, and proves it. */
export interface ScramKeys {
  readonly clientKey: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Takes milliseconds: that is what it is for. */
export function deriveKeys(password: string, salt: Uint8Array, iterations: number): ScramKeys {
  const salted = pbkdf2Sync(prepared(password), salt, iterations, KEY_BYTES, HASH);
  const clientKey = keyedHash(salted, 'Client Key');
  return { clientKey, storedKey: hash(clientKey), serverKey: keyedHash(salted, 'Server Key') };
}

/** One form of characters that have several. Both sides are Zebu, so SASLprep's rarer mappings need not be made. */
export const prepared = (text: string): string => text.normalize('NFKC');

export const hash = (bytes: Uint8Array): Buffer => createHash(HASH).update(bytes).digest();

export const keyedHash = (key: Uint8Array, text: string): Buffer => createHmac(HASH, key).update(text).digest();

export function exclusiveOr(one: Uint8Array, other: Uint8Array): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));
}

export const createNonce = (): string => randomBytes(NONCE_BYTES).toString('base64');

export const escapeName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');

/** Undefined when the name is not escaped as it must be. */
export const unescapeName = (text: string): string | undefined =>
  /^(?:[^=,]|=2C|=3D)+$/.test(text) ? text.replaceAll('=2C', ',').replaceAll('=3D', '=') : undefined;

/** The values of exactly these attributes, in this order; undefined for any other text. */
export function readAttributes<Name extends string>(
  text: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> | undefined {
  const parts = text.split(',');
  if (parts.length !== names.length) return undefined;
  const values: Partial<Record<Name, string>> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (!part.startsWith(`${name}=`)) return undefined;
    values[name] = part.slice(name.length + 1);
  }
  return values as Readonly<Record<Name, string>>;
}

/** Undefined when it is too long, or no text. */
export function readMessage(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_MESSAGE_BYTES) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const writeMessage = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Undefined when the text is no base64, or of other bytes than so many. */
export function readBase64(text: string, length?: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const fits = length === undefined ? bytes.length > 0 : bytes.length === length;
  return fits && bytes.toString('base64') === text ? bytes : undefined;
}

/** Visible, and no comma. */
export const isNonce = (text: string): boolean => /^[\x21-\x2b\x2d-\x7e]+$/.test(text);
