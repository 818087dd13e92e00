// `pnpm simulate --scale`: the table of docs/scaling.md, measured anew.

import type { Measurement } from './measurement.ts';
import { measureEnsemble } from './measure-ensemble.ts';
import { SHAPES } from './shapes.ts';
import { renderTable } from './table.ts';

/** `progress` hears of each ensemble as it is measured. Returns the table. */
export async function runScale(progress: (line: string) => void): Promise<string> {
  const measurements: Measurement[] = [];
  for (const shape of SHAPES) {
    const { voterCount, observerCount, observersAt = 'leader', linkDelayMs } = shape;
    progress(`${voterCount} voters, ${observerCount} observers at the ${observersAt}, links of ${linkDelayMs} ms`);
    measurements.push(await measureEnsemble(shape));
  }
  return renderTable(measurements);
}
