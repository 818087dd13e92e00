// kazoo's own test-suite: fetched from PyPI into an environment of its own, run against the servers that kazoo_servers.py starts.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApacheRelease } from '../../servers/apache-jars.ts';
import { cacheDirectory } from '../../servers/cache.ts';
import { isInstalled, run } from '../../servers/run.ts';

export type Outcome = 'passed' | 'failed' | 'skipped';

export interface TestResult {
  readonly outcome: Outcome;
  /** Why it failed or was skipped. */
  readonly reason: string;
}

export interface SuiteRun {
  readonly product: 'apache' | 'zebu';
  readonly release: ApacheRelease;
  /** One ensemble for the whole suite, where kazoo starts a new one for each class of tests. */
  readonly keepServers?: boolean;
  /** These tests alone. */
  readonly only?: readonly string[] | undefined;
}

// The second is what kazoo.testing makes its certificates with; later releases have lost it (X509Extension).
const REQUIREMENTS = ['kazoo[test,sasl,gevent,eventlet]', 'pyopenssl<24.3'];
const PLUGIN_DIRECTORY = fileURLToPath(new URL('../../../src/clients/kazoo/', import.meta.url));
const ZEBU_MAIN = fileURLToPath(new URL('../../../../../apps/server/dist/main.js', import.meta.url));
/** Each has servers of its own. Most of the suite waits: for servers to start, for locks, for sessions to expire. */
const SHARD_COUNT = 2;
const LIMIT_S = 900;
/** Exit codes of pytest. */
const ALL_PASSED = 0;
const SOME_FAILED = 1;

/** The Python that has kazoo; a text says why there is none. */
export async function kazooPython(): Promise<{ readonly python: string } | string> {
  const directory = cacheDirectory('kazoo');
  const python = join(directory, 'environment', 'bin', 'python');
  const ready = join(directory, 'ready');
  if (existsSync(ready)) return { python };
  if (!(await isInstalled('python3', '--version'))) return 'python3 is not installed';
  rmSync(join(directory, 'environment'), { recursive: true, force: true });
  const limitMs = 300_000;
  const made = await run('python3', ['-m', 'venv', join(directory, 'environment')], { limitMs });
  if (made.code !== 0) return `python3 -m venv failed: ${lastLine(made.output)}`;
  const options = ['--quiet', '--disable-pip-version-check', '--no-binary', 'kazoo'];
  const installed = await run(python, ['-m', 'pip', 'install', ...options, ...REQUIREMENTS], { limitMs });
  if (installed.code !== 0) return `kazoo cannot be had from PyPI: ${lastLine(installed.output)}`;
  writeFileSync(ready, '');
  return { python };
}

/** By module, class and name of the test. */
export async function runSuite(python: string, suite: SuiteRun): Promise<Map<string, TestResult>> {
  const shards = Array.from({ length: suite.only === undefined ? SHARD_COUNT : 1 }, (_, shard) => shard);
  const results = await Promise.all(shards.map((shard) => runShard(python, suite, shard, shards.length)));
  return new Map(results.flatMap((each) => [...each]));
}

async function runShard(
  python: string,
  { product, release, keepServers, only }: SuiteRun,
  shard: number,
  shardCount: number,
): Promise<Map<string, TestResult>> {
  const directory = mkdtempSync(join(tmpdir(), 'zebu-kazoo-'));
  const report = join(directory, 'report');
  const environment = {
    // kazoo takes its own CI's word for the version of the server, and waits longer there.
    CI: '',
    PYTHONPATH: PLUGIN_DIRECTORY,
    PYTHONDONTWRITEBYTECODE: '1',
    ZOOKEEPER_VERSION: release.version,
    ZOOKEEPER_CLASSPATH: release.classPath,
    CONFORMANCE_SERVER: product === 'zebu' ? ZEBU_MAIN : '',
    CONFORMANCE_NODE: process.execPath,
    CONFORMANCE_REPORT: report,
    CONFORMANCE_SHARD: `${shard}/${shardCount}`,
    CONFORMANCE_LANE: `${product === 'zebu' ? shard : SHARD_COUNT + shard}/${2 * SHARD_COUNT}`,
    CONFORMANCE_KEEP_SERVERS: keepServers === true ? 'yes' : '',
    CONFORMANCE_ONLY: (only ?? []).join(' '),
  };
  const pytest = ['-m', 'pytest', '-p', 'kazoo_servers', '-p', 'no:cacheprovider', '-o', 'timeout=180'];
  // It ends the servers, too: they are in its process group.
  const limit = ['--signal=INT', '--kill-after=30', String(LIMIT_S)];
  try {
    const args = [...limit, python, ...pytest, '--continue-on-collection-errors', '--pyargs', 'kazoo.tests'];
    const { code, output } = await run('timeout', args, { directory, environment, limitMs: (LIMIT_S + 60) * 1000 });
    // Any other code than these two is of a suite that did not come to its end; what it left out would pass for compared.
    if (code !== ALL_PASSED && code !== SOME_FAILED) {
      throw new Error(`kazoo's suite on ${product} ended with ${code}:\n${output.slice(-4000)}`);
    }
    return readReport(readFileSync(report, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const GRAVITY: readonly Outcome[] = ['passed', 'skipped', 'failed'];

/** A line for each phase of a test; the worst of them counts. */
export function readReport(text: string): Map<string, TestResult> {
  const results = new Map<string, TestResult>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const { name, outcome, reason } = JSON.parse(line) as TestResult & { readonly name: string };
    const known = results.get(name);
    const isWorse = known === undefined || GRAVITY.indexOf(outcome) > GRAVITY.indexOf(known.outcome);
    if (isWorse) results.set(name, { outcome, reason });
  }
  return results;
}

const lastLine = (output: string): string => output.trim().split('\n').at(-1) ?? '';
