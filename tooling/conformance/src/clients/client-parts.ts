// The foreign clients by the names that the command line gives them.

import { type ApacheRelease, newestRelease } from '../servers/apache-jars.ts';
import { prepareC } from './c/c-comparison.ts';
import type { ClientPart, ClientRow } from './client-part.ts';
import { type KazooOptions, prepareKazoo } from './kazoo/kazoo-comparison.ts';
import { nodeClient } from './node/node-comparison.ts';
import { prepareZkCli } from './zkcli/zkcli-comparison.ts';

export type ClientName = 'kazoo' | 'zkcli' | 'node' | 'c';

export interface ClientOptions extends KazooOptions {
  /** The newest that can be had, unless given. */
  readonly release?: ApacheRelease;
}

/** A text says why the client, or Apache ZooKeeper, cannot be had here. */
export async function prepareClient(name: ClientName, options: ClientOptions = {}): Promise<ClientPart | string> {
  const release = options.release ?? (await newestRelease());
  if (typeof release === 'string') return release;
  if (name === 'kazoo') return prepareKazoo(release, options);
  if (name === 'zkcli') return prepareZkCli(release);
  return name === 'c' ? prepareC(release) : nodeClient(release);
}

/** How often which pair of outcomes came, then each difference, explained or not, by itself. */
export function summarizeRows(rows: readonly ClientRow[]): readonly (readonly (string | number)[])[] {
  const isAlike = (row: ClientRow): boolean => row.ok && (row.apache === row.zebu || row.zebu === 'the same');
  const counts = new Map<string, number>();
  for (const { apache, zebu } of rows.filter(isAlike)) {
    const outcome = apache === zebu ? `${zebu} on both` : 'the same on both';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const others = rows.filter((row) => !isAlike(row));
  return [
    ...counts,
    ...others.map(({ name, apache, zebu, ok }) => [`${name}: ${apache}, Zebu ${zebu}`, ok ? 'expected' : 'DIFFERENT']),
  ];
}
