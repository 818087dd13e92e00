// A frame as a list of named fields, so that it can be damaged on purpose, written as bytes and read by a person.

/** What only the connection knows that sends the frame: the session it was given last. */
export interface KnownSession {
  readonly id: bigint;
  readonly password: Uint8Array;
}

export type Field =
  | { readonly kind: 'int'; readonly name: string; readonly value: number }
  | { readonly kind: 'long'; readonly name: string; readonly value: bigint | 'session id' }
  /** A byte: any but 0 is true. */
  | { readonly kind: 'bool'; readonly name: string; readonly value: number }
  /** Length and bytes: a string or a buffer. `declared` is the length that is written instead of the true one. */
  | {
      readonly kind: 'bytes';
      readonly name: string;
      readonly value: Uint8Array | null | 'session password';
      readonly declared?: number;
    }
  /** Bytes as they are. */
  | { readonly kind: 'raw'; readonly name: string; readonly value: Uint8Array };

export const int = (name: string, value: number): Field => ({ kind: 'int', name, value });
export const long = (name: string, value: bigint | 'session id'): Field => ({ kind: 'long', name, value });
export const bool = (name: string, value: boolean): Field => ({ kind: 'bool', name, value: value ? 1 : 0 });
export const text = (name: string, value: string): Field => ({
  kind: 'bytes',
  name,
  value: Buffer.from(value, 'utf8'),
});
export const bytes = (name: string, value: Uint8Array | null | 'session password'): Field => ({
  kind: 'bytes',
  name,
  value,
});
export const raw = (name: string, value: Uint8Array): Field => ({ kind: 'raw', name, value });

export interface Frame {
  /** The request that it was before it was damaged. */
  readonly label: string;
  readonly fields: readonly Field[];
  /** The length written before the frame, when it is not the true one; `none` writes no length at all. */
  readonly declaredLength?: number | 'none';
  /** The body is cut to so many bytes; its length says so. */
  readonly cutTo?: number;
}

const NO_BYTES = new Uint8Array(0);

export function encodeFrame(frame: Frame, session: KnownSession): Buffer {
  const whole = Buffer.concat(frame.fields.map((field) => encodeField(field, session)));
  const body = frame.cutTo === undefined ? whole : whole.subarray(0, frame.cutTo);
  if (frame.declaredLength === 'none') return body;
  return Buffer.concat([int32(frame.declaredLength ?? body.length), body]);
}

function encodeField(field: Field, session: KnownSession): Uint8Array {
  switch (field.kind) {
    case 'int':
      return int32(field.value);
    case 'long': {
      const long64 = Buffer.alloc(8);
      long64.writeBigInt64BE(BigInt.asIntN(64, field.value === 'session id' ? session.id : field.value));
      return long64;
    }
    case 'bool':
      return Uint8Array.of(field.value);
    case 'bytes': {
      const value = field.value === 'session password' ? session.password : (field.value ?? NO_BYTES);
      const length = field.declared ?? (field.value === null ? -1 : value.length);
      return Buffer.concat([int32(length), value]);
    }
    case 'raw':
      return field.value;
  }
}

function int32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeInt32BE(value | 0);
  return four;
}

const SHOWN_BYTES = 48;

/** One line for a person: `create path="/f/a" data=3 bytes flags=1`. */
export function describeFrame(frame: Frame): string {
  const notes = [
    ...(frame.declaredLength === undefined ? [] : [`(frame length says ${frame.declaredLength})`]),
    ...(frame.cutTo === undefined ? [] : [`(cut to ${frame.cutTo} bytes)`]),
  ];
  return [frame.label, ...frame.fields.map(describeField), ...notes].join(' ');
}

function describeField(field: Field): string {
  if (field.kind === 'raw') return `${field.name}=<${hex(field.value)}>`;
  if (field.kind !== 'bytes') return `${field.name}=${field.value}`;
  const declared = field.declared === undefined ? '' : ` (length says ${field.declared})`;
  if (field.value === null || field.value === 'session password') return `${field.name}=${field.value}${declared}`;
  return `${field.name}=${readable(field.value)}${declared}`;
}

function readable(value: Uint8Array): string {
  const plain = Buffer.from(value).toString('latin1');
  return /^[ -~]*$/.test(plain) && plain.length <= SHOWN_BYTES ? JSON.stringify(plain) : `<${hex(value)}>`;
}

const hex = (value: Uint8Array): string =>
  value.length <= SHOWN_BYTES
    ? Buffer.from(value).toString('hex')
    : `${Buffer.from(value.subarray(0, SHOWN_BYTES)).toString('hex')}... ${value.length} bytes`;
