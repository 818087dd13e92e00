// Containers and znodes with a TTL: what the ensemble deletes by itself, and what it must not.

import { type Actor, chance, choose, type Stage } from './actor.ts';

export function makeCollector({ client, random, written, options, sleep }: Stage): Actor {
  let count = 0;
  const nextPath = (): string => `/${client.name}-${count++}`;

  async function contain(): Promise<void> {
    const path = nextPath();
    written.add(path);
    written.add(`${path}/first`);
    if (!(await client.create(path, { container: true })).ok) return;
    if (!(await client.create(`${path}/first`)).ok) return;
    if (chance(random, 0.3)) return;
    if (!(await client.delete(`${path}/first`)).ok) return;
    written.addPassing(path);
    if (chance(random, 0.5)) return;
    await sleep(random.between(0, 100));
    written.add(`${path}/second`);
    const outcome = await client.create(`${path}/second`);
    // When the answer is NONODE it was collected first.
    if (outcome.ok || outcome.error !== 'NONODE') written.addStaying(path);
    await client.exists(path);
  }

  async function live(): Promise<void> {
    const path = nextPath();
    written.addPassing(path);
    await client.create(path, { ttlMs: Math.round(options.ttlMs) });
    await client.exists(path);
    if (!chance(random, 0.4)) return;
    await sleep(random.between(0, options.ttlMs));
    // Its time begins anew.
    await client.setData(path);
    await client.exists(path);
  }

  return {
    async act() {
      await choose(random, [
        [1, contain],
        [1, live],
      ])();
    },
  };
}
