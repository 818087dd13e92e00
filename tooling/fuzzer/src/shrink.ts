// Makes a failure small: fewer conversations, fewer frames, fewer and plainer fields, as long as a fresh server still fails the same test.

import type { Conversation } from './conversation.ts';
import type { Field, Frame } from './field.ts';

/** True when these conversations, held one after the other, break a fresh server. */
export type Breaks = (conversations: readonly Conversation[]) => Promise<boolean>;

/** Whatever comes first; the smallest so far is what there is. */
export interface ShrinkLimits {
  readonly attempts: number;
  readonly limitMs: number;
}

export interface Shrunk {
  readonly conversations: readonly Conversation[];
  readonly attempts: number;
}

/** Undefined when the suspects, alone, break nothing: it took several at once, or more than is remembered. */
export async function shrink(
  suspects: readonly Conversation[],
  breaks: Breaks,
  limits: ShrinkLimits,
): Promise<Shrunk | undefined> {
  const end = performance.now() + limits.limitMs;
  let attempts = 0;
  const test: Breaks = async (conversations) => {
    if (conversations.length === 0 || attempts >= limits.attempts || performance.now() > end) return false;
    attempts++;
    return breaks(conversations);
  };
  if (!(await test(suspects))) return undefined;
  const few = await fewest(suspects, test);
  const shortened = await inPlace(
    few,
    async (conversation, holds) => {
      const frames = await fewest(conversation.frames, (each) => holds({ ...conversation, frames: each }));
      return { ...conversation, frames };
    },
    test,
  );
  const plain = await inPlace(shortened, plainest, test);
  return { conversations: plain, attempts };
}

/** Leaves out runs of elements, long ones first, until none can be spared. */
async function fewest<Element>(
  elements: readonly Element[],
  holds: (elements: readonly Element[]) => Promise<boolean>,
): Promise<readonly Element[]> {
  let kept = elements;
  for (let run = Math.ceil(kept.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let at = 0; at < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + run)];
      if (without.length > 0 && (await holds(without))) kept = without;
      else at += run;
    }
  }
  return kept;
}

type Simplify = (
  conversation: Conversation,
  holds: (conversation: Conversation) => Promise<boolean>,
) => Promise<Conversation>;

async function inPlace(
  all: readonly Conversation[],
  simplify: Simplify,
  test: Breaks,
): Promise<readonly Conversation[]> {
  const result = [...all];
  for (const [index, conversation] of all.entries()) {
    result[index] = await simplify(conversation, (other) => test(result.with(index, other)));
  }
  return result;
}

/** Plain delivery, and every field at its simplest. */
async function plainest(
  conversation: Conversation,
  holds: (conversation: Conversation) => Promise<boolean>,
): Promise<Conversation> {
  let best = conversation;
  const attempt = async (candidate: Conversation): Promise<boolean> => {
    const held = await holds(candidate);
    if (held) best = candidate;
    return held;
  };
  await attempt({ ...best, chunking: 'frames', ending: 'finish', deaf: false, waitsForSession: true });
  for (const [index, frame] of conversation.frames.entries()) {
    for (let field = frame.fields.length - 1; field >= 0; field--) {
      for (const simpler of simplerFields((best.frames[index] as Frame).fields, field)) {
        const simplerFrame = { ...(best.frames[index] as Frame), fields: simpler };
        if (await attempt({ ...best, frames: best.frames.with(index, simplerFrame) })) break;
      }
    }
  }
  return best;
}

/** Without the field; else with half of it. */
function simplerFields(fields: readonly Field[], index: number): (readonly Field[])[] {
  const field = fields[index];
  if (field === undefined) return [];
  const without = fields.filter((_, each) => each !== index);
  if (field.kind !== 'bytes' || !(field.value instanceof Uint8Array) || field.value.length <= 1) return [without];
  return [without, fields.with(index, { ...field, value: field.value.subarray(0, Math.ceil(field.value.length / 2)) })];
}
