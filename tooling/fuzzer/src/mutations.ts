// What is done to a valid frame: one to three small wounds, each where a decoder might stumble.

import type { Field, Frame } from './field.ts';
import { raw } from './field.ts';
import type { Random } from './random.ts';
import { BAD_PATHS, BAD_UTF8, LENGTHS, LONGS, NUMBERS } from './vocabulary.ts';

type Wound = (frame: Frame, random: Random) => Frame;

const HEADER_FIELDS = 2;
const HEADER_BYTES = 8;
/** Those after which the server goes on listening. */
const OP_CODES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22, 101, 103, 104, 105, 106, 107];
const XIDS = [0, 1, -1, -2, -4, -8, -3, -16, 0x7fffffff, -0x80000000];

const replaceAt = (frame: Frame, index: number, ...fields: Field[]): Frame => ({
  ...frame,
  fields: [...frame.fields.slice(0, index), ...fields, ...frame.fields.slice(index + 1)],
});

/** Another value of the same shape. */
function otherValue(frame: Frame, random: Random): Frame {
  const index = bodyIndex(frame, random);
  const field = frame.fields[index];
  return field === undefined ? frame : replaceAt(frame, index, otherField(field, random));
}

function otherField(field: Field, random: Random): Field {
  switch (field.kind) {
    case 'int':
      return { ...field, value: random.chance(0.8) ? random.pick(NUMBERS) : random.below(2 ** 32) };
    case 'long':
      return { ...field, value: random.pick(LONGS) };
    case 'bool':
      return { ...field, value: random.below(256) };
    case 'bytes':
      return { ...field, value: otherBytes(field.value, random) };
    case 'raw':
      return { ...field, value: random.bytes(random.below(20)) };
  }
}

function otherBytes(value: Uint8Array | null | 'session password', random: Random): Uint8Array | null {
  const choice = random.below(100);
  if (choice < 40) return Buffer.from(random.pick(BAD_PATHS));
  if (choice < 65) return random.pick(BAD_UTF8);
  if (choice < 75) return null;
  if (choice < 85) return random.bytes(random.below(40));
  if (choice < 86) return Buffer.alloc(random.pick([70_000, 300_000]), 'z');
  if (value === null || value === 'session password' || value.length === 0) return Buffer.from('\0');
  const flipped = Uint8Array.from(value);
  flipped[random.below(flipped.length)] = random.below(256);
  return flipped;
}

/** A length before a string or buffer, or a count before a vector, that lies. */
function lyingLength(frame: Frame, random: Random): Frame {
  const index = bodyIndex(frame, random);
  const field = frame.fields[index];
  if (field?.kind === 'bytes') {
    const length = field.value instanceof Uint8Array ? field.value.length : 0;
    const declared = random.chance(0.4) ? length + random.pick([-1, 1, 4]) : random.pick(LENGTHS);
    return replaceAt(frame, index, { ...field, declared });
  }
  return field?.kind === 'int' ? replaceAt(frame, index, { ...field, value: random.pick(LENGTHS) }) : frame;
}

function dropField(frame: Frame, random: Random): Frame {
  const index = bodyIndex(frame, random);
  return { ...frame, fields: frame.fields.filter((_, each) => each !== index) };
}

function repeatFields(frame: Frame, random: Random): Frame {
  const index = bodyIndex(frame, random);
  const fields = frame.fields.slice(index, index + 1 + random.below(4));
  const times = random.chance(0.02) ? 200 : 1 + random.below(3);
  const repeated = Array.from({ length: times }, () => fields).flat();
  return { ...frame, fields: [...frame.fields.slice(0, index), ...repeated, ...frame.fields.slice(index)] };
}

function swapFields(frame: Frame, random: Random): Frame {
  const fields = [...frame.fields];
  const a = bodyIndex(frame, random);
  const b = bodyIndex(frame, random);
  if (fields[a] === undefined || fields[b] === undefined) return frame;
  [fields[a], fields[b]] = [fields[b], fields[a]];
  return { ...frame, fields };
}

function insertGarbage(frame: Frame, random: Random): Frame {
  const index = Math.min(frame.fields.length, HEADER_FIELDS + random.below(frame.fields.length));
  const garbage = raw('garbage', random.bytes(1 + random.below(16)));
  return { ...frame, fields: [...frame.fields.slice(0, index), garbage, ...frame.fields.slice(index)] };
}

const appendGarbage: Wound = (frame, random) => ({
  ...frame,
  fields: [...frame.fields, raw('garbage', random.bytes(1 + random.below(64)))],
});

/** The record ends in the middle; the frame is whole. */
const cutRecord: Wound = (frame, random) => ({ ...frame, cutTo: HEADER_BYTES + random.below(56) });

const otherXid: Wound = (frame, random) => setInt(frame, 0, random.pick(XIDS));
/** The body of one request under the number of another. */
const otherType: Wound = (frame, random) => setInt(frame, 1, random.pick(OP_CODES));

function setInt(frame: Frame, index: number, value: number): Frame {
  const field = frame.fields[index];
  return field?.kind === 'int' ? replaceAt(frame, index, { ...field, value }) : frame;
}

/** Of a field behind the header; behind the last one where there is no body. */
function bodyIndex(frame: Frame, random: Random): number {
  return HEADER_FIELDS + random.below(frame.fields.length - HEADER_FIELDS);
}

const WOUNDS: readonly Wound[] = [
  otherValue,
  otherValue,
  otherValue,
  lyingLength,
  lyingLength,
  dropField,
  repeatFields,
  swapFields,
  insertGarbage,
  appendGarbage,
  cutRecord,
  otherXid,
  otherType,
];

/** The frame length itself lies, or the type is nobody's: no frame behind it is heard. */
const ENDING_WOUNDS: readonly Wound[] = [
  (frame, random) => ({ ...frame, declaredLength: random.pick(LENGTHS) }),
  (frame, random) => ({ ...frame, declaredLength: random.below(200) }),
  (frame) => ({ ...frame, declaredLength: 'none' }),
  (frame, random) => ({ ...frame, cutTo: random.below(HEADER_BYTES) }),
  (frame, random) => setInt(frame, 1, random.chance(0.5) ? random.pick(NUMBERS) : random.below(2 ** 32)),
];

/** The server still finds the next frame behind it. */
export function mutate(frame: Frame, random: Random): Frame {
  let mutated = frame;
  for (let wounds = random.pick([1, 1, 1, 2, 3]); wounds > 0; wounds--) mutated = random.pick(WOUNDS)(mutated, random);
  return mutated;
}

/** Damages it so that nothing sent after it is heard. */
export const mutateLast = (frame: Frame, random: Random): Frame => random.pick(ENDING_WOUNDS)(frame, random);

export const garbage = (random: Random): Frame => ({
  label: 'garbage',
  fields: [raw('bytes', random.bytes(1 + random.below(300)))],
  declaredLength: random.chance(0.5) ? 'none' : random.pick(LENGTHS),
});
