// The server, group and weight lines of a file: an ensemble, or a ConfigError that says where the mistake stands. What the lines mean is
// the protocol's to say.

import { type Ensemble, ensembleOfLines, EnsembleTextError, type ParsedEnsemble } from '@zebu/protocol';
import { ConfigError } from './config-error.ts';
import type { PropertyLine } from './properties.ts';

export type { ParsedEnsemble };

export function parseEnsemble(
  lines: readonly PropertyLine[],
  file: string | undefined,
  version: Ensemble['version'],
): ParsedEnsemble {
  try {
    return ensembleOfLines(lines, version);
  } catch (error) {
    if (!(error instanceof EnsembleTextError)) throw error;
    const { line, key, problem, remedy } = error.details;
    throw new ConfigError({ file, line: line?.line, key: line?.key ?? key, value: line?.value, problem, remedy });
  }
}
