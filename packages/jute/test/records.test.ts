import {
  decodeMultiReadRequest,
  decodeMultiReadResponse,
  decodeMultiRequest,
  decodeMultiResponse,
  JuteError,
  JuteReader,
} from '@zebu/jute';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORDS } from './records.ts';
import { decoded, encoded, hex, unhex } from './support.ts';

fc.configureGlobal({ seed: 21 });

describe.each(RECORDS)('$name', ({ golden, value, encode, decode, wholeAt }) => {
  it('encodes to the bytes that ZooKeeper writes', () => {
    expect(hex(encoded(encode))).toBe(hex(golden));
  });

  it('decodes the bytes that ZooKeeper writes', () => {
    expect(decoded(golden, decode)).toEqual(value);
  });

  it('cut off at any byte is a JuteError', () => {
    for (let length = 0; length < golden.length; length++) {
      if (wholeAt.includes(length)) continue;
      expect(() => decode(new JuteReader(golden, 0, length)), `cut at ${length}`).toThrow(JuteError);
    }
  });

  it('gives a value or a JuteError for any garbage', () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(golden.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), golden));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          decode(new JuteReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a multi', () => {
  it('refuses an operation of another type', () => {
    const getData = unhex('0000000400ffffffff000000022f6100ffffffff01ffffffff');
    expect(() => decodeMultiRequest(new JuteReader(getData))).toThrow('type 4 in a multi');
    expect(() => decodeMultiResponse(new JuteReader(unhex('0000000b0000000000')))).toThrow('type 11 in a multi');
  });

  it('of reads refuses a write', () => {
    const check = unhex('0000000d00ffffffff000000022f6100000000ffffffff01ffffffff');
    expect(() => decodeMultiReadRequest(new JuteReader(check))).toThrow('type 13 in a multi');
    expect(() => decodeMultiReadResponse(new JuteReader(unhex('0000000d0000000000')))).toThrow('type 13 in a multi');
  });

  it('ends at the header that is done, whatever its other fields are', () => {
    expect(decoded(unhex('000000630100000000'), decodeMultiRequest)).toEqual([]);
  });
});

describe('null where ZooKeeper never writes it', () => {
  it('reads as an empty path, so that the path rules refuse it', () => {
    const exists = RECORDS.find((record) => record.name === 'ExistsRequest');
    expect(decoded(unhex('ffffffff00'), (reader) => exists?.decode(reader))).toEqual({ path: '', watch: false });
  });

  it('reads as an empty ACL, so that the ACL rules refuse it', () => {
    const create = RECORDS.find((record) => record.name === 'CreateRequest without data');
    const bytes = unhex('000000022f61ffffffffffffffff00000000');
    expect(decoded(bytes, (reader) => create?.decode(reader))).toEqual({ path: '/a', data: null, acl: [], flags: 0 });
  });
});
