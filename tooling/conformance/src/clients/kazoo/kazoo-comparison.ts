// kazoo's suite against both products at the same time, and what their results say when laid side by side.

import type { ApacheRelease } from '../../servers/apache-jars.ts';
import { type ClientPart, type ClientRow, judge } from '../client-part.ts';
import { kazooPython, runSuite, type TestResult } from './kazoo-suite.ts';

/** Tests of what this release leaves out: each with words of its entry in docs/divergences.md. */
export const kazooDivergences: Readonly<Record<string, string>> = {
  'test_client.TestReconfig.test_add_remove_observer': 'reconfig with `reconfigEnabled=true` is checked, then answered',
  'test_connection.TestReadOnlyMode.test_read_only': 'A server without a quorum serves nobody',
};

export interface KazooOptions {
  readonly runCount?: number;
  /** Gives a test that failed on Zebu alone one more chance: timings of the suite are tight for a busy machine. */
  readonly secondChance?: boolean;
}

export async function prepareKazoo({
  runCount = 1,
  secondChance = false,
}: KazooOptions = {}): Promise<ClientPart | string> {
  const release = await judge();
  if (typeof release === 'string') return release;
  const environment = await kazooPython();
  if (typeof environment === 'string') return environment;
  const once = (): Promise<readonly ClientRow[]> => compareOnce(environment.python, release, secondChance);
  return {
    async compare() {
      const rows: ClientRow[] = [];
      for (let index = 1; index <= runCount; index++) {
        const prefix = runCount === 1 ? '' : `run ${index}: `;
        rows.push(...(await once()).map((row) => ({ ...row, name: `${prefix}${row.name}` })));
      }
      return rows;
    },
  };
}

async function compareOnce(
  python: string,
  release: ApacheRelease,
  secondChance: boolean,
): Promise<readonly ClientRow[]> {
  const [apache, zebu] = await Promise.all([
    runSuite(python, { product: 'apache', release }),
    runSuite(python, { product: 'zebu', release }),
  ]);
  const only = kazooRows(apache, zebu)
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
  if (secondChance && only.length > 0) {
    const again = await runSuite(python, { product: 'zebu', release, only });
    for (const [name, result] of again) zebu.set(name, result);
  }
  return kazooRows(apache, zebu);
}

/** A row per test. */
export function kazooRows(
  apache: ReadonlyMap<string, TestResult>,
  zebu: ReadonlyMap<string, TestResult>,
): readonly ClientRow[] {
  const names = [...new Set([...apache.keys(), ...zebu.keys()])].sort();
  return names.map((name) => kazooRow(name, apache.get(name), zebu.get(name)));
}

function kazooRow(name: string, apache: TestResult | undefined, zebu: TestResult | undefined): ClientRow {
  const isAsGood = zebu?.outcome === 'passed' || zebu?.outcome === apache?.outcome || apache?.outcome === 'failed';
  const divergence = isAsGood ? undefined : kazooDivergences[name];
  const row = { name, apache: apache?.outcome ?? 'did not run', ok: isAsGood || divergence !== undefined };
  if (isAsGood) return { ...row, zebu: zebu?.outcome ?? 'did not run' };
  if (divergence !== undefined) return { ...row, zebu: `${zebu?.outcome}: ${divergence}` };
  return { ...row, zebu: `${zebu?.outcome ?? 'did not run'}: ${zebu?.reason ?? ''}` };
}
