// Gathers what is sent in one turn of the loop and writes it when the turn ends: one frame a link, however many sends.
//
// The end of a turn is setImmediate's: it comes once every socket that had something was read, so that the answers to all of them share frames.
// A microtask would come after each socket. Nothing waits longer for it, since the loop goes to its immediates before it sleeps.

import type { QuorumPacket } from '@zebu/protocol';
import { encodePacket } from './packet-encoder.ts';

/** Longer batches leave as several frames: the peer begins with the first while the others are under way. */
const FRAME_TARGET_BYTES = 256 * 1024;

export interface OutboxLink {
  /** What was queued since the last call; nothing while the link cannot write yet. */
  takePending(): readonly Uint8Array[];
  write(frames: readonly Uint8Array[]): void;
}

export class Outbox {
  /** Of this turn: a leader sends the same packet object to every follower. */
  readonly #encoded = new Map<QuorumPacket, Uint8Array>();
  readonly #dirty = new Set<OutboxLink>();
  readonly #frameTargetBytes: number;

  constructor(maxFrameBytes: number) {
    this.#frameTargetBytes = Math.min(FRAME_TARGET_BYTES, maxFrameBytes);
  }

  encode(packet: QuorumPacket): Uint8Array {
    const known = this.#encoded.get(packet);
    if (known !== undefined) return known;
    const bytes = encodePacket(packet);
    this.#encoded.set(packet, bytes);
    return bytes;
  }

  /** The link has something pending. */
  schedule(link: OutboxLink): void {
    if (this.#dirty.size === 0) setImmediate(() => this.#flush());
    this.#dirty.add(link);
  }

  join(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    return joinFrames(pieces, this.#frameTargetBytes);
  }

  #flush(): void {
    let lastPieces: readonly Uint8Array[] = [];
    let lastFrames: readonly Uint8Array[] = [];
    for (const link of this.#dirty) {
      const pieces = link.takePending();
      // Followers mostly get the very same packets: then they get the very same bytes.
      if (!sameElements(pieces, lastPieces)) lastFrames = this.join(pieces);
      lastPieces = pieces;
      link.write(lastFrames);
    }
    this.#dirty.clear();
    this.#encoded.clear();
  }
}

/** Frames are encoded packets one behind the other, of `targetBytes` unless a single one is longer. */
function joinFrames(pieces: readonly Uint8Array[], targetBytes: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < pieces.length; i++) {
    const { length } = pieces[i] as Uint8Array;
    if (i > start && bytes + length > targetBytes) {
      frames.push(concatenate(pieces.slice(start, i)));
      start = i;
      bytes = 0;
    }
    bytes += length;
  }
  if (start < pieces.length) frames.push(concatenate(pieces.slice(start)));
  return frames;
}

const concatenate = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);

const sameElements = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((element, i) => element === right[i]);
