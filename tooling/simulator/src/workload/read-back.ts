// Reads everything that was ever written, through one server, once all is calm. What it finds is in the history, for the checkers to judge.

import type { Millis } from '@zebu/protocol';
import type { ClientOutcome } from '../history/event.ts';
import type { RecordedClient } from './recorded-client.ts';
import type { WorkloadWorld } from './workload-world.ts';
import type { WrittenPaths } from './written-paths.ts';

/** How many reads are under way at a time. */
const BATCH = 64;
/** How often a read is repeated when its connection breaks. */
const ATTEMPTS = 50;
const POLL_MS: Millis = 100;

export interface ReadBackOptions {
  readonly client: RecordedClient;
  readonly written: WrittenPaths;
  readonly time: WorkloadWorld['time'];
  /** Until when what goes by itself may still be there. */
  readonly goneBy: Millis;
}

export async function readBack({ client, written, time, goneBy }: ReadBackOptions): Promise<void> {
  await persistently(client, () => client.sync('/'));
  const paths = new Set(written.paths);
  for (const parent of written.parents) {
    const listed = await persistently(client, () => client.getChildren(parent));
    if (listed.ok) for (const child of listed.children ?? []) paths.add(`${parent}/${child}`);
  }
  await readAll(client, [...paths]);
  let passing = await stillThere(client, written.passing);
  while (passing.length > 0 && time.now < goneBy) {
    await time.sleep(POLL_MS);
    passing = await stillThere(client, passing);
  }
  await client.close();
}

async function readAll(client: RecordedClient, paths: readonly string[]): Promise<ClientOutcome[]> {
  const outcomes: ClientOutcome[] = [];
  for (let start = 0; start < paths.length; start += BATCH) {
    const batch = paths.slice(start, start + BATCH);
    outcomes.push(...(await Promise.all(batch.map((path) => persistently(client, () => client.getData(path))))));
  }
  return outcomes;
}

async function stillThere(client: RecordedClient, paths: readonly string[]): Promise<string[]> {
  const outcomes = await readAll(client, paths);
  return paths.filter((_path, index) => outcomes[index]?.ok === true);
}

/** Only a connection that breaks says nothing. */
async function persistently(client: RecordedClient, operation: () => Promise<ClientOutcome>): Promise<ClientOutcome> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await operation();
    if (outcome.ok || outcome.error !== 'CONNECTIONLOSS' || attempt === ATTEMPTS || client.isOver) return outcome;
  }
}
