// The command as people call it. It runs what was built: build first.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-simulate-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function simulate(
  args: readonly string[],
  onOutput: (output: string, interrupt: () => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: directory });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onOutput(output, () => child.kill('SIGINT'));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('pnpm simulate', () => {
  it('says how it is used', async () => {
    const { code, output } = await simulate(['--help']);
    expect(code).toBe(0);
    expect(output).toContain('--replay SEED');
  });

  it('refuses what it does not understand', async () => {
    const { code, output } = await simulate(['--servers', '2']);
    expect(code).toBe(2);
    expect(output).toContain('--servers 2: give a whole number from 3 to 9');
  });

  it('runs seeds, and says what they came to', async () => {
    const { code, output } = await simulate([
      '--seeds',
      '2',
      '--from',
      '5',
      '--servers',
      '3',
      '--observers',
      '0',
      '--jobs',
      '2',
    ]);
    expect(output).toMatch(/seeds +2, 0 of them with a violation/);
    expect(output).toMatch(/servers \(voters\+observers\) +3 2/);
    expect(code).toBe(0);
  });

  it('ends with a summary when it is interrupted', async () => {
    let interrupted = false;
    const { code, output } = await simulate(['--seeds', '100000', '--jobs', '1'], (_, interrupt) => {
      if (!interrupted) interrupt();
      interrupted = true;
    });
    expect(code).toBe(130);
    expect(output).toMatch(/no seed was finished|with a violation/);
  });

  it('tells the story of a seed, and leaves a diagram and every event behind', async () => {
    const { code, output } = await simulate(['--replay', '3', '--servers', '3']);
    expect(code).toBe(0);
    expect(output).toContain('seed 3, trace ');
    const files = ['seed-3.html', 'seed-3.jsonl'];
    expect(readdirSync(join(directory, '.zebu/simulate')).sort()).toEqual(files);
    for (const file of files) expect(output).toContain(`see .zebu/simulate/${file}`);
  });
});
