// The documents: what they say to run is run, and what they point to is there.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './clients/run.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe("the README's examples, each against a fresh ensemble", () => {
  let ensemble: EnsembleProcesses;
  let scratch: string;
  beforeAll(async () => {
    ensemble = await EnsembleProcesses.start();
    // Beneath this package, so that @zebu/client is found as a user's project finds it.
    scratch = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'readme-'));
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await ensemble.dispose();
  });

  const here = (text: string): string =>
    text.replaceAll('127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183', ensemble.connectString);

  it('TypeScript', async () => {
    const code = README.match(/<!-- run:client -->\n```ts\n([\s\S]*?)```/)?.[1] ?? '';
    const file = join(scratch, 'example.mjs');
    writeFileSync(file, here(code));
    expect(await run(process.execPath, [file])).toEqual({ code: 0, output: 'hello 0\n' });
  });

  it('kazoo', async () => {
    const code = indentedBlock("With Python's kazoo:");
    const file = join(scratch, 'example.py');
    writeFileSync(file, `${here(code)}\nprint(client.get_children('/app'))\nclient.stop()\n`);
    const { code: exit, output } = await run('/usr/bin/python3', [file]);
    expect({ exit, output }).toEqual({ exit: 0, output: "['worker-0000000000']\n" });
  });

  it('zkCli.sh', async () => {
    const [command, ...lines] = indentedBlock("With ZooKeeper's own shell:").trim().split('\n');
    const [program, ...args] = here(command ?? '').split(' ');
    const script = lines.map((line) => line.replaceAll('/greeting', '/greeting-cli'));
    const { output } = await run(`/usr/share/zookeeper/bin/${program}`, args, `${script.join('\n')}\nquit\n`);
    expect(output).toContain('Created /greeting-cli');
    expect(output).toMatch(/^hello$/m);
  });
});

describe('Markdown', () => {
  it('points only to what exists', () => {
    const broken = markdownFiles(ROOT).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .filter(([, target]) => !existsSync(join(dirname(file), target as string)))
        .map(([, target]) => `${file.slice(ROOT.length)}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('describes every package under its own name', () => {
    const undescribed = ['packages', 'apps', 'tooling']
      .flatMap((parent) => readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name)))
      .filter((directory) => existsSync(join(directory, 'package.json')))
      .filter((directory) => {
        const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { name: string };
        const file = join(directory, 'README.md');
        return !existsSync(file) || !readFileSync(file, 'utf8').startsWith(`# ${name}\n`);
      });
    expect(undescribed).toEqual([]);
  });
});

/** The indented lines behind a sentence of the README. */
function indentedBlock(behind: string): string {
  const lines = README.slice(README.indexOf(behind) + behind.length)
    .split('\n')
    .slice(2);
  const end = lines.findIndex((line) => !line.startsWith('    '));
  return lines
    .slice(0, end)
    .map((line) => line.slice(4))
    .join('\n');
}

function markdownFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.git', '.zebu', '.turbo'].includes(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
