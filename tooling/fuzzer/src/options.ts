// The command line: pnpm fuzz --frames N --seed S --minutes M.

import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly frames: number;
  readonly seed: number;
  readonly limitMs: number | undefined;
  readonly rounds: number;
}

const DEFAULT_FRAMES = 200_000;
const FRAMES_PER_ROUND = 50_000;
const MIN_ROUNDS = 4;
const MS_PER_MINUTE = 60_000;

export const USAGE = `pnpm fuzz [--frames N] [--seed S] [--minutes M]
  --frames N    frames to send, ${DEFAULT_FRAMES} untold; without end when only --minutes is given
  --seed S      chooses them all; the clock chooses it untold
  --minutes M   ends the run after so long`;

/** Throws TypeError at what is no option, RangeError at what is no number. */
export function parseCommandLine(args: readonly string[], clockSeed: number): CommandLine {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { frames: option, seed: option, minutes: option } });
  const minutes = values.minutes === undefined ? undefined : positive('minutes', values.minutes);
  const untold = minutes === undefined ? DEFAULT_FRAMES : Number.MAX_SAFE_INTEGER;
  const frames = values.frames === undefined ? untold : Math.round(positive('frames', values.frames));
  return {
    frames,
    seed: values.seed === undefined ? clockSeed : Math.round(positive('seed', values.seed)),
    limitMs: minutes === undefined ? undefined : minutes * MS_PER_MINUTE,
    rounds: Math.max(MIN_ROUNDS, Math.ceil(frames / FRAMES_PER_ROUND)),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`--${name} ${text}: give a number above 0\n${USAGE}`);
  return value;
}
