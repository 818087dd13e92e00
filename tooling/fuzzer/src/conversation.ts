// What one connection of the fuzzer says: its frames, how they are cut into chunks, and how it leaves.

import type { Frame } from './field.ts';
import { raw } from './field.ts';
import { garbage, mutate, mutateLast } from './mutations.ts';
import { partSeed, type Random, seededRandom } from './random.ts';
import { connectRequest, lastRequest, validRequest } from './requests.ts';
import { FOUR_LETTER_WORDS } from './vocabulary.ts';

/** How the bytes meet the wire: a write for each frame, one for all, one for each byte, or cuts anywhere. */
export type Chunking = 'frames' | 'together' | 'bytes' | 'anywhere';
/** `finish` says goodbye at TCP's level, `reset` tears the connection down, `stay` leaves only when nothing more comes back. */
export type Ending = 'finish' | 'reset' | 'stay';

export interface Conversation {
  readonly number: number;
  /** Of the first frame, in the whole run. */
  readonly firstFrame: number;
  readonly frames: readonly Frame[];
  /** Frames after the first wait until the server has answered it. */
  readonly waitsForSession: boolean;
  readonly chunking: Chunking;
  readonly ending: Ending;
  /** Nothing is taken off the wire. */
  readonly deaf: boolean;
  /** Chooses the cuts. */
  readonly cutSeed: number;
}

const MAX_FRAMES = 40;
/** A conversation that is cut into single bytes stays short. */
const MAX_FRAMES_BYTE_BY_BYTE = 4;
const FIRST_XID = 1;

/** The same seed and number always make the same conversation. */
export function makeConversation(seed: number, number: number, firstFrame: number): Conversation {
  const random = seededRandom(partSeed(seed, number));
  const chunking = random.pick<Chunking>(['together', 'together', 'together', 'frames', 'anywhere', 'bytes']);
  const { frames, waitsForSession } = makeFrames(random, chunking === 'bytes' ? MAX_FRAMES_BYTE_BY_BYTE : MAX_FRAMES);
  return {
    number,
    firstFrame,
    frames,
    waitsForSession,
    chunking,
    ending: random.pick<Ending>(['finish', 'finish', 'finish', 'stay', 'stay', 'reset']),
    deaf: random.chance(0.01),
    cutSeed: random.below(2 ** 31),
  };
}

interface Script {
  readonly frames: readonly Frame[];
  readonly waitsForSession: boolean;
}

function makeFrames(random: Random, maxFrames: number): Script {
  const kind = random.below(100);
  if (kind < 4) return alone(garbage(random));
  if (kind < 8) return alone(word(random));
  if (kind < 14) return { frames: [mutate(connectRequest(random, false), random)], waitsForSession: true };
  if (kind < 16) return alone(mutateLast(connectRequest(random, random.chance(0.5)), random));
  const again = kind < 24;
  const connect = connectRequest(random, again);
  const first = again && random.chance(0.3) ? mutate(connect, random) : connect;
  return { frames: [first, ...requests(random, maxFrames)], waitsForSession: random.chance(0.7) };
}

const alone = (frame: Frame): Script => ({ frames: [frame], waitsForSession: false });

function word(random: Random): Frame {
  const tail = random.chance(0.2) ? random.bytes(random.below(20)) : Buffer.from(random.pick(['', '\n', ' 1\n']));
  const bytes = Buffer.concat([Buffer.from(random.pick(FOUR_LETTER_WORDS)), tail]);
  return { label: 'four-letter word', fields: [raw('bytes', bytes)], declaredLength: 'none' };
}

function requests(random: Random, maxFrames: number): Frame[] {
  const frames: Frame[] = [];
  const count = 1 + random.below(maxFrames);
  let xid = FIRST_XID;
  while (frames.length < count) {
    const { frame, mayBeDamaged } = validRequest(random, xid++);
    frames.push(mayBeDamaged && random.chance(0.7) ? mutate(frame, random) : frame);
    const previous = frames.at(-1);
    // The same once more, xid and all.
    if (previous !== undefined && random.chance(0.05)) frames.push(previous);
  }
  return [...frames, ...last(random, xid)];
}

function last(random: Random, xid: number): Frame[] {
  const choice = random.below(10);
  if (choice < 3) return [lastRequest(random, xid)];
  if (choice < 5) return [mutate(lastRequest(random, xid), random)];
  if (choice < 8) return [mutateLast(validRequest(random, xid).frame, random)];
  if (choice < 9) return [garbage(random)];
  return [];
}
