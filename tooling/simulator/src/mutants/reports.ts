// What a process that plays a mutant is asked, and what it answers: one line of JSON each.

import type { Violation } from '../checkers/checker.ts';
import type { SeedShape } from '../run/seed-shape.ts';

export type PlayRequest =
  /** Until one of them shows a violation. */
  | { readonly type: 'seeds'; readonly from: number; readonly count: number; readonly shape: SeedShape }
  /** All that are named; all there are, when none is. */
  | { readonly type: 'scenarios'; readonly tickets: readonly string[] };

export type PlayReport =
  /** The first of all: modules in which this process differs. */
  | { readonly type: 'mutated'; readonly modules: readonly string[] }
  | { readonly type: 'seed'; readonly seed: number; readonly violation: ReportedViolation | undefined }
  | { readonly type: 'scenario'; readonly ticket: string; readonly violation: ReportedViolation | undefined };

/** `checker` is that of a violation, or UNTOLD. */
export type ReportedViolation = Pick<Violation, 'checker' | 'message'>;

/** In the place of a checker: a story could not be told to its end. */
export const UNTOLD = 'story';
