// kazoo's suite against both products at the same time, and what their results say when laid side by side.

import type { ApacheRelease } from '../../servers/apache-jars.ts';
import type { ClientPart, ClientRow } from '../client-part.ts';
import { kazooPython, runSuite, type SuiteRun, type TestResult } from './kazoo-suite.ts';

export interface KazooOptions {
  readonly runCount?: number;
  /** How often a test that failed on Zebu alone is tried again: a server has 5 s to start and rejoin, on a busy machine, too. */
  readonly retryCount?: number;
  /** See SuiteRun: most of the time of a run goes into starting servers. */
  readonly keepServers?: boolean;
  /** These tests alone; the whole suite untold. */
  readonly only?: readonly string[] | undefined;
}

export async function prepareKazoo(
  release: ApacheRelease,
  { runCount = 1, retryCount = 0, keepServers = false, only }: KazooOptions,
): Promise<ClientPart | string> {
  const environment = await kazooPython();
  if (typeof environment === 'string') return environment;
  const once = (): Promise<readonly ClientRow[]> =>
    compareOnce(environment.python, { release, keepServers, only }, retryCount);
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
  suite: Pick<SuiteRun, 'release' | 'keepServers' | 'only'>,
  retryCount: number,
): Promise<readonly ClientRow[]> {
  const [apache, zebu] = await Promise.all([
    runSuite(python, { ...suite, product: 'apache' }),
    runSuite(python, { ...suite, product: 'zebu' }),
  ]);
  for (let retry = 0; retry < retryCount; retry++) {
    const again = differing(kazooRows(apache, zebu));
    if (again.length === 0) break;
    const results = await runSuite(python, { ...suite, product: 'zebu', only: again });
    for (const [name, result] of results) zebu.set(name, result);
  }
  return kazooRows(apache, zebu);
}

const differing = (rows: readonly ClientRow[]): string[] => rows.filter(({ ok }) => !ok).map(({ name }) => name);

/** A row per test. */
export function kazooRows(
  apache: ReadonlyMap<string, TestResult>,
  zebu: ReadonlyMap<string, TestResult>,
): readonly ClientRow[] {
  const names = [...new Set([...apache.keys(), ...zebu.keys()])].sort();
  return names.map((name) => kazooRow(name, apache.get(name), zebu.get(name)));
}

function kazooRow(name: string, apache: TestResult | undefined, zebu: TestResult | undefined): ClientRow {
  const ok = zebu?.outcome === 'passed' || zebu?.outcome === apache?.outcome || apache?.outcome === 'failed';
  const outcome = zebu?.outcome ?? 'did not run';
  const shown = ok ? outcome : `${outcome}: ${zebu?.reason ?? ''}`;
  return { name, apache: apache?.outcome ?? 'did not run', zebu: shown, ok };
}
