import { JuteReader, JuteWriter } from '@zebu/jute';

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

export function encoded(encode: (writer: JuteWriter) => void): Uint8Array {
  const writer = new JuteWriter(1);
  encode(writer);
  return writer.take();
}

/** Decodes all of the bytes; an error when some are left. */
export function decoded<T>(bytes: Uint8Array, decode: (reader: JuteReader) => T): T {
  const reader = new JuteReader(bytes);
  const value = decode(reader);
  if (reader.remaining !== 0) throw new Error(`${reader.remaining} bytes left`);
  return value;
}
