// Restarts in order, and what the logs say of the connections since.

import { expect } from 'vitest';
import type { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import type { WriteLoad } from '../harness/write-load.ts';

/** Eighteen restarts, on a machine that has other things to do. */
export const ROLLING_LIMIT_MS = 300_000;

export type Keys = Readonly<Record<string, string | undefined>>;

/** Keys on all servers, one after the other: each serves again, and writes go on, before the next is stopped. */
export async function roll(ensemble: EnsembleProcesses, keys: Keys, load: WriteLoad): Promise<void> {
  for (const server of ensemble.servers) {
    expect(await server.stop()).toBe(0);
    server.reconfigure(keys);
    server.start();
    await server.serving();
    await load.acknowledgedMore(50);
  }
}

/** The values of a field, as the server logged them of its connections since it started last. */
export function fieldsOf(server: ServerProcess, field: 'tls' | 'sasl'): Set<unknown> {
  const text = server.log();
  const latest = text.slice(Math.max(0, text.lastIndexOf('"msg":"stopped"')));
  const lines = latest.split('\n').filter((line) => /"msg":"(quorum link|election connection) up"}$/.test(line));
  return new Set(lines.map((line) => (JSON.parse(line) as Record<string, unknown>)[field]));
}
