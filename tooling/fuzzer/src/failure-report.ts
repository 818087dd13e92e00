// What a person gets to see of a failure: how to have it again, and the frames that make it, in hex and in words.

import type { Conversation } from './conversation.ts';
import { describeFrame, encodeFrame } from './field.ts';
import type { FuzzError } from './fuzz.ts';
import type { Shrunk } from './shrink.ts';

const NO_SESSION = { id: 0n, password: new Uint8Array(16) };

export function describeFailure(error: FuzzError, shrunk: Shrunk | undefined): string {
  const newest = error.suspects.at(-1);
  if (newest === undefined) return `${error.message}\nseed ${error.seed}`;
  const opening = [error.message, `seed ${error.seed}, frame ${newest.firstFrame}, conversation ${newest.number}`];
  if (shrunk === undefined) {
    const numbers = error.suspects.map(({ number }) => number).join(' ');
    return [...opening, `held alone, one after the other, these conversations break nothing: ${numbers}`].join('\n');
  }
  return [
    ...opening,
    `shrunk in ${shrunk.attempts} attempts:`,
    ...shrunk.conversations.flatMap(describeConversation),
  ].join('\n');
}

export function describeConversation({ number, firstFrame, chunking, ending, frames }: Conversation): string[] {
  return [
    `conversation ${number}, from frame ${firstFrame} (${chunking}, ${ending})`,
    ...frames.flatMap((frame) => [
      `  ${describeFrame(frame)}`,
      `    ${encodeFrame(frame, NO_SESSION).toString('hex')}`,
    ]),
  ];
}
