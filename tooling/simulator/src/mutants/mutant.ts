// A deliberate fault in the real code: fragments of the built JavaScript and what stands there in the mutant. Production code does not know of it.

import type { SeedShape } from '../run/seed-shape.ts';

export interface Patch {
  /** `learner/synchronization.js`: a package and a module of its build. */
  readonly module: `${string}/${string}.js`;
  /** Exact, but for white space: it is in the module once. Written without types, so that it survives compilation. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  /** In kebab-case: what a server of this kind does. */
  readonly name: string;
  /** The fault in a sentence. */
  readonly sentence: string;
  /** A bug of ZooKeeper that was of this kind. */
  readonly ticket?: string;
  readonly patches: readonly Patch[];
  readonly caughtBy: CaughtBy;
}

export type CaughtBy =
  /** Random seeds show it: one of the first `within`. */
  | { readonly seeds: true; readonly within: number; readonly shape?: SeedShape }
  /** It needs a schedule that chance hardly brings about; this scenario has it. */
  | { readonly scenario: string };
