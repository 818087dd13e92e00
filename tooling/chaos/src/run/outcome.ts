import type { Finding } from '../checks/finding.ts';

export interface Outcome {
  readonly scenario: string;
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** What was told to be broken was found broken: all is well. */
  readonly noticed: string | undefined;
  readonly operationCount: number;
  /** Writes that were acknowledged. */
  readonly writeCount: number;
  readonly reignCount: number;
  /** In which no write at all was acknowledged, while faults were on. */
  readonly longestPauseMs: number;
  readonly tookMs: number;
  readonly figures: readonly string[];
  /** Where everything is to be seen, of a run that found something. */
  readonly keptIn: string | undefined;
}

export const hasFailed = ({ findings, noticed }: Outcome): boolean => findings.length > 0 && noticed === undefined;
