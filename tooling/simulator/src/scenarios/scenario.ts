// A known bug as a value: its ticket, what went wrong, and the schedule that showed it, told step by step.

import type { Millis } from '@zebu/protocol';
import type { ReconfigurationOptions, ServerSettings } from '../world/world.ts';
import type { Story } from './story.ts';

/** What would have to be undone in the product for this scenario to fail. */
export interface Undoing {
  readonly file: string;
  /** In the imperative. */
  readonly change: string;
}

export interface ScenarioSetting {
  readonly voters: number;
  readonly observers?: number;
  readonly settings?: Partial<ServerSettings>;
  /** Of two voters one may go on alone when the story says so. */
  readonly oracle?: boolean;
  /** Shown here is what is lost: these checkers, all of them and no others, must object, and the story does not end well. */
  readonly breaks?: readonly string[];
  /** Undefined: nobody may change the ensemble. */
  readonly reconfiguration?: ReconfigurationOptions;
  /** What went wrong in ZooKeeper, or in a peer, and what must hold instead. */
  readonly about: string;
  readonly undoneBy?: Undoing;
  /** The story is told once for each, in a world of its own. */
  readonly moments?: readonly Millis[];
}

/** `moment`: 0 where there are none. */
type Tell = (story: Story, moment: Millis) => Promise<void>;

export interface Scenario extends ScenarioSetting {
  readonly ticket: string;
  /** What must hold. */
  readonly sentence: string;
  readonly tell: Tell;
}

export const scenario = (ticket: string, sentence: string, setting: ScenarioSetting, tell: Tell): Scenario => ({
  ...setting,
  ticket,
  sentence,
  tell,
});
