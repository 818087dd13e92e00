// CRC-32 (polynomial 0xedb88320, as java.util.zip.CRC32), eight bytes a step, on a register that the caller carries: it may
// stop between path, data and stat, and go on later.

const POLYNOMIAL = 0xedb8_8320 | 0;
/** Eight tables of 256: table k advances a byte over k further zero bytes. */
const TABLES = buildTables();

/** The register before the first byte. */
export const CRC_START = -1;

/** The checksum of what went through the register: unsigned 32 bits. */
export const crcValue = (register: number): number => ~register >>> 0;
/** The register that crcValue made this checksum of. */
export const crcRegister = (value: number): number => ~value;

export function crcBytes(register: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = register;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const first =
      crc ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24));
    crc =
      (TABLES[0x700 + (first & 0xff)] as number) ^
      (TABLES[0x600 + ((first >>> 8) & 0xff)] as number) ^
      (TABLES[0x500 + ((first >>> 16) & 0xff)] as number) ^
      (TABLES[0x400 + (first >>> 24)] as number) ^
      (TABLES[0x300 + (bytes[i + 4] as number)] as number) ^
      (TABLES[0x200 + (bytes[i + 5] as number)] as number) ^
      (TABLES[0x100 + (bytes[i + 6] as number)] as number) ^
      (TABLES[bytes[i + 7] as number] as number);
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ (TABLES[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return crc;
}

/** Eight bytes given as two big-endian words. */
export function crcLong(register: number, high: number, low: number): number {
  return (
    (TABLES[0x700 + ((register ^ (high >>> 24)) & 0xff)] as number) ^
    (TABLES[0x600 + (((register >>> 8) ^ (high >>> 16)) & 0xff)] as number) ^
    (TABLES[0x500 + (((register >>> 16) ^ (high >>> 8)) & 0xff)] as number) ^
    (TABLES[0x400 + (((register >>> 24) ^ high) & 0xff)] as number) ^
    (TABLES[0x300 + (low >>> 24)] as number) ^
    (TABLES[0x200 + ((low >>> 16) & 0xff)] as number) ^
    (TABLES[0x100 + ((low >>> 8) & 0xff)] as number) ^
    (TABLES[low & 0xff] as number)
  );
}

/** Four bytes given as a big-endian word. */
export function crcInt(register: number, word: number): number {
  return (
    (TABLES[0x300 + ((register ^ (word >>> 24)) & 0xff)] as number) ^
    (TABLES[0x200 + (((register >>> 8) ^ (word >>> 16)) & 0xff)] as number) ^
    (TABLES[0x100 + (((register >>> 16) ^ (word >>> 8)) & 0xff)] as number) ^
    (TABLES[((register >>> 24) ^ word) & 0xff] as number)
  );
}

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256] as number;
    tables[i] = (previous >>> 8) ^ (tables[previous & 0xff] as number);
  }
  return tables;
}
