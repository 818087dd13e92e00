// One seed against two deployments, and the smallest script that shows where they differ.

import type { Deployment } from '../servers/deployment.ts';
import { printStep } from '../script/print.ts';
import type { Script } from '../script/step.ts';
import { type Comparison, compare, type Difference, signature } from './compare.ts';
import type { NormaliseOptions, NormalObservation } from './normalise.ts';
import type { Trace } from './observation.ts';
import { play } from './player.ts';
import { shrink } from './shrink.ts';

export interface Played extends Comparison {
  readonly expected: Trace;
  readonly actual: Trace;
}

export class Differential {
  readonly #expected: Deployment;
  readonly #actual: Deployment;
  readonly #options: NormaliseOptions;
  #runs = 0;

  /** `expected` is the judge. */
  constructor(expected: Deployment, actual: Deployment, options: NormaliseOptions) {
    this.#expected = expected;
    this.#actual = actual;
    this.#options = options;
  }

  /** What the servers said whose processes have ended, of both sides. */
  get lastWords(): readonly string[] {
    return [...this.#expected.lastWords, ...this.#actual.lastWords];
  }

  async run(script: Script): Promise<Played> {
    // Once nothing can be written, all runs look at what the first has left.
    if (!this.#expected.isReadOnly) this.#runs++;
    const root = `/run-${String(this.#runs).padStart(6, '0')}`;
    const [expected, actual] = await Promise.all([
      play(script, this.#expected, root),
      play(script, this.#actual, root),
    ]);
    return { expected, actual, ...compare(script, expected, actual, this.#options) };
  }

  /** The difference as a script to read; a smaller one where it can be had. */
  async explain(script: Script, difference: Difference): Promise<string> {
    const sought = signature(difference);
    const smallest = await shrink(script, difference.index, async (tried) => {
      const found = (await this.run(tried)).difference;
      return found !== undefined && signature(found) === sought;
    });
    const shown = (await this.run(smallest)).difference ?? difference;
    const steps = smallest.steps.slice(0, shown.index + 1);
    return [
      ...steps.flatMap((step) => printStep(step)),
      ...this.#outcome(this.#expected.name, shown.expected),
      ...this.#outcome(this.#actual.name, shown.actual),
    ].join('\n');
  }

  #outcome(name: string, observation: NormalObservation): string[] {
    const lines = Object.entries(observation).flatMap(([client, seen]) => seen.map((line) => `    ${client}: ${line}`));
    return [`${name}:`, ...(lines.length > 0 ? lines : ['    nothing'])];
  }
}
