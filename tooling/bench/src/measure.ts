// What a measure is. To add one: a file in measures/ that exports a Measure, and its line in measures/index.ts.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'B' | 'MB' | 'ms' | 'us' | '/s' | '';
}

export interface MeasureContext {
  /** A part of the full size, for a quick look and for tests. */
  readonly scale: number;
  /** A line for whoever waits. */
  readonly progress: (line: string) => void;
}

export interface Measure {
  readonly name: string;
  /** What is measured, in one line. */
  readonly title: string;
  /** Runs in a process of its own. */
  run(context: MeasureContext): Figure[];
}
