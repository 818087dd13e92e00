// The oracle of one server: what it answers is set from outside, and reaches the process through its gate.

import type { QuorumOracle } from '@zebu/interfaces';
import type { ProcessGate } from './process-gate.ts';

export class SimulatedOracle {
  readonly #onAnswered: (grants: boolean) => void;
  #grants = false;
  #tell: () => void = () => undefined;

  /** `onAnswered`: the process knows. */
  constructor(onAnswered: (grants: boolean) => void) {
    this.#onAnswered = onAnswered;
  }

  set(grants: boolean): void {
    this.#grants = grants;
    this.#tell();
  }

  forProcess(gate: ProcessGate): QuorumOracle {
    let told: boolean | undefined;
    return {
      start: (onAnswer) => {
        this.#tell = () =>
          gate.read(() => {
            if (told === this.#grants) return;
            told = this.#grants;
            this.#onAnswered(told);
            onAnswer(told);
          });
        this.#tell();
      },
      close: async () => {
        this.#tell = () => undefined;
      },
    };
  }
}
