import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@zebu/interfaces';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOracleFile } from '../src/oracle-file.ts';

const ignore = (): void => undefined;
const QUIET: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function asked(path: string): boolean[] {
  const answers: boolean[] = [];
  const oracle = createOracleFile({ path, intervalMs: 5 }, QUIET);
  closing.push(() => oracle.close());
  oracle.start((grants) => answers.push(grants));
  return answers;
}

describe('the file of an oracle', () => {
  it('says yes with a 1 in front, and no with anything else, or without a file', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'zebu-oracle-')), 'oracle');
    const answers = asked(path);
    await vi.waitFor(() => expect(answers).toEqual([false]));
    writeFileSync(path, '1\n');
    await vi.waitFor(() => expect(answers).toEqual([false, true]));
    writeFileSync(path, '0\n');
    await vi.waitFor(() => expect(answers).toEqual([false, true, false]));
    writeFileSync(path, '10');
    await vi.waitFor(() => expect(answers).toEqual([false, true, false, true]));
    rmSync(path);
    await vi.waitFor(() => expect(answers).toEqual([false, true, false, true, false]));
  });

  it('is not asked any more once it is closed', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'zebu-oracle-')), 'oracle');
    const answers = asked(path);
    await vi.waitFor(() => expect(answers).toEqual([false]));
    await closing.pop()?.();
    writeFileSync(path, '1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answers).toEqual([false]);
  });
});
