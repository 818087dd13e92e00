// What is wrong with the text of an ensemble. Who reads a file says where it stands; who answers a client says that it is wrong.

/** A line of an ensemble's text: `server.1`, `group.1` or `weight.1`, and what it is set to. */
export interface EnsembleLine {
  readonly key: string;
  readonly value: string;
  /** Where it stands in a file, from 1. */
  readonly line?: number | undefined;
}

export interface EnsembleProblem {
  /** Undefined when it is a line that is missing. */
  readonly line?: EnsembleLine;
  /** What it is about, when no line is. */
  readonly key?: string;
  /** What is wrong, as a clause: "is not a number". */
  readonly problem: string;
  /** What to do about it, as an imperative clause. */
  readonly remedy: string;
}

export class EnsembleTextError extends Error {
  override readonly name = 'EnsembleTextError';
  readonly code = 'ENSEMBLE_TEXT_INVALID';
  readonly details: EnsembleProblem;

  constructor(details: EnsembleProblem) {
    const { line, key, problem, remedy } = details;
    const subject = line === undefined ? key : `${line.key}=${line.value}`;
    super(`${subject}: ${problem}; ${remedy}`);
    this.details = details;
  }
}
