// The command line: pnpm bench --only NAME --scale S.

import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly only: readonly string[];
  readonly scale: number;
  /** In the process of one measure. */
  readonly measure: string | undefined;
}

export const USAGE = `pnpm bench [--only NAME]... [--scale S]
  --only NAME   this measure alone; may be given several times
  --scale S     a part of the full size, such as 0.1`;

/** Throws TypeError at what is no option, RangeError at what is no scale or no measure. */
export function parseCommandLine(args: readonly string[], names: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      scale: { type: 'string', default: '1' },
      measure: { type: 'string' },
    },
  });
  const only = values.only ?? [];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`no measure ${unknown}: there are ${names.join(', ')}\n${USAGE}`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1))
    throw new RangeError(`--scale ${values.scale}: give a number above 0, at most 1\n${USAGE}`);
  return { only, scale, measure: values.measure };
}
