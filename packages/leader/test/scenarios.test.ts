import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScenario } from './scenario.ts';

const directory = new URL('./scenarios/', import.meta.url);
/** ZEBU_REWRITE=1 writes what came out. Commit a rewrite only if you can explain it. */
const rewrite = process.env['ZEBU_REWRITE'] === '1';

describe('scenarios', () => {
  for (const file of readdirSync(directory).sort()) {
    const text = readFileSync(new URL(file, directory), 'utf8');
    const title = text.slice(0, text.indexOf('\n')).replace(/^# /, '');
    it(`${file}: ${title}`, () => {
      const result = runScenario(text);
      if (rewrite) writeFileSync(new URL(file, directory), result);
      else expect(result).toBe(text);
    });
  }
});
