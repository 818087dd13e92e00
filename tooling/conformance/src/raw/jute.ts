// ZooKeeper's record encoding from plain descriptions, written apart from @zebu/jute: a judge shares no code with the judged.
// Buffers are binary strings (one character a byte), so that values compare, print and survive JSON.

export class JuteWriter {
  readonly #chunks: Buffer[] = [];

  int(value: number): void {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeInt32BE(value | 0);
    this.#chunks.push(bytes);
  }

  long(value: bigint): void {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64BE(BigInt.asIntN(64, value));
    this.#chunks.push(bytes);
  }

  boolean(value: boolean): void {
    this.#chunks.push(Buffer.from([value ? 1 : 0]));
  }

  bytes(value: Buffer | null): void {
    this.int(value === null ? -1 : value.length);
    if (value !== null) this.#chunks.push(value);
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

export class JuteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  int(): number {
    return this.#take(4).readInt32BE();
  }

  long(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  boolean(): boolean {
    return this.#take(1)[0] !== 0;
  }

  bytes(): Buffer | null {
    const length = this.int();
    return length < 0 ? null : this.#take(length);
  }

  #take(length: number): Buffer {
    if (length > this.remaining) throw new RangeError(`the record ends ${length - this.remaining} bytes early`);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }
}

/** How one kind of value is written and read. */
export interface Codec<Value> {
  write(output: JuteWriter, value: Value): void;
  read(input: JuteReader): Value;
}

export type ValueOf<C> = C extends Codec<infer Value> ? Value : never;

export const int: Codec<number> = {
  write: (output, value) => output.int(value),
  read: (input) => input.int(),
};

export const long: Codec<bigint> = {
  write: (output, value) => output.long(value),
  read: (input) => input.long(),
};

export const boolean: Codec<boolean> = {
  write: (output, value) => output.boolean(value),
  read: (input) => input.boolean(),
};

export const text: Codec<string | null> = {
  write: (output, value) => output.bytes(value === null ? null : Buffer.from(value, 'utf8')),
  read: (input) => input.bytes()?.toString('utf8') ?? null,
};

export const buffer: Codec<string | null> = {
  write: (output, value) => output.bytes(value === null ? null : Buffer.from(value, 'latin1')),
  read: (input) => input.bytes()?.toString('latin1') ?? null,
};

export function vector<Value>(element: Codec<Value>): Codec<readonly Value[] | null> {
  return {
    write(output, values) {
      output.int(values === null ? -1 : values.length);
      for (const value of values ?? []) element.write(output, value);
    },
    read(input) {
      const length = input.int();
      if (length < 0) return null;
      const values: Value[] = [];
      while (values.length < length) values.push(element.read(input));
      return values;
    },
  };
}

type Fields = Readonly<Record<string, Codec<unknown>>>;
export type RecordOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** Fields in the order in which they are written. */
export function record<F extends Fields>(fields: F): Codec<RecordOf<F>> {
  const entries = Object.entries(fields);
  return {
    write(output, value) {
      for (const [name, codec] of entries) codec.write(output, value[name]);
    },
    read(input) {
      return Object.fromEntries(entries.map(([name, codec]) => [name, codec.read(input)])) as RecordOf<F>;
    },
  };
}

export function encode<Value>(codec: Codec<Value>, value: Value): Buffer {
  const output = new JuteWriter();
  codec.write(output, value);
  return output.finish();
}
