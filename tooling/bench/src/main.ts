// pnpm bench: each measure in a process of its own, so that none inherits the heap of another; the figures at the end.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Figure, Measure } from './measure.ts';
import { measures } from './measures/index.ts';
import { type CommandLine, parseCommandLine } from './options.ts';
import { renderTable } from './table.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Undefined when it failed; it has said why. */
async function runApart(measure: Measure, scale: number): Promise<Figure[] | undefined> {
  say(`${measure.name}: ${measure.title}`);
  const args = ['--measure', measure.name, '--scale', String(scale)];
  const child = fork(fileURLToPath(import.meta.url), args);
  let figures: Figure[] | undefined;
  child.on('message', (message) => {
    figures = message as Figure[];
  });
  await once(child, 'exit');
  return figures;
}

async function runAll({ only, scale }: CommandLine): Promise<number> {
  const results: { measure: Measure; figures: Figure[] }[] = [];
  const wanted = measures.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const measure of wanted) {
    const figures = await runApart(measure, scale);
    if (figures === undefined) return 1;
    results.push({ measure, figures });
  }
  say(`\n${renderTable(results)}`);
  return 0;
}

function runHere(name: string, scale: number): number {
  const measure = measures.find((each) => each.name === name);
  if (measure === undefined) return 2;
  process.send?.(measure.run({ scale, progress: (line) => say(`  ${line}`) }));
  return 0;
}

function commandLine(): CommandLine | undefined {
  try {
    return parseCommandLine(
      process.argv.slice(2),
      measures.map(({ name }) => name),
    );
  } catch (error) {
    say((error as Error).message);
    return undefined;
  }
}

const options = commandLine();
if (options === undefined) process.exitCode = 2;
else process.exitCode = options.measure === undefined ? await runAll(options) : runHere(options.measure, options.scale);
