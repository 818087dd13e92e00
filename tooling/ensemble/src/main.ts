#!/usr/bin/env node
// `pnpm start`: an ensemble on this machine, until Ctrl-C.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDirectories, survivorOf } from './directories.ts';
import { displayOn } from './display.ts';
import { Ensemble } from './ensemble.ts';
import { layOut } from './layout.ts';
import { type EnsembleOptions, HELP, parseOptions } from './options.ts';
import { describeTakenPort, findTakenPort } from './ports.ts';

const SERVER_MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  switch (parsed.type) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'wrong':
      process.stderr.write(`${parsed.problem}\n\n${HELP}`);
      return 2;
    case 'run':
      return run(parsed.options);
  }
}

async function run(options: EnsembleOptions): Promise<number> {
  const layouts = layOut({ ...options, dataDirectory: resolve(options.dataDirectory) });
  const taken = await findTakenPort(layouts);
  if (taken !== undefined) {
    process.stderr.write(`${describeTakenPort(taken, survivorOf(taken.server))}\n`);
    return 1;
  }
  prepareDirectories(layouts, options);
  const ensemble = new Ensemble(layouts, SERVER_MAIN, displayOn(process.stdout, options.dataDirectory));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ensemble.stop());
  // Whoever read the lines has gone; the servers go on until they are told to stop.
  process.stdout.on('error', () => {});
  return ensemble.run();
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
