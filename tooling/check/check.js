// What CI runs, in CI's order, cheapest first; the first failure ends it. Plain JavaScript, since it runs before the build.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedTests, unproven } from './documented-tests.js';
import { summarize } from './summarize.js';

const steps = {
  Format: 'biome format .',
  Lint: 'oxlint',
  Build: 'turbo run build --output-logs=errors-only',
  'Types of sources and tests': 'tsc -b',
  Layers: 'node tooling/layer-check/dist/main.js',
  'Dead code and unused dependencies': 'knip',
};

const failed = Object.entries(steps).find(([title, command]) => run(title, command) !== 0);
if (failed !== undefined) {
  console.log(`\nStopped at: ${failed[0]}`);
  process.exitCode = 1;
} else {
  process.exitCode = runTests();
}

/**
 * @param {string} title
 * @param {string} command
 * @param {string} options that are of no interest to the reader
 */
function run(title, command, options = '') {
  console.log(`\n=== ${title}: ${command}`);
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
  return spawnSync(`${command} ${options}`, { shell: true, stdio: 'inherit', env }).status;
}

function runTests() {
  const scratch = mkdtempSync(join(tmpdir(), 'zebu-check-'));
  try {
    const reportPath = join(scratch, 'tests.json');
    const status = run('Tests', 'vitest run', `--reporter=default --reporter=json --outputFile.json=${reportPath}`);
    const report = JSON.parse(readFileSync(reportPath, 'utf8'));
    const missing = unproven(documentedTests(process.cwd()), report, process.cwd());
    for (const { document, row, title } of missing)
      console.log(`${document}: ${row}: the test "${title}" did not run and pass`);
    const summary = summarize(report, status === 0);
    console.log(`\n${summary.line}`);
    return summary.failed === 0 && missing.length === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
