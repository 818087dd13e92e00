// Ephemerals: kept and deleted, of sessions that are closed, left to expire, or moved to other servers.

import { type Actor, chance, choose, type Stage } from './actor.ts';

/** How many things a session does before it ends by itself, on average. */
const LIFE_ACTIONS = 12;

export function makeOwner({ client, random, written, options }: Stage): Actor {
  let count = 0;
  const kept: string[] = [];

  async function own(): Promise<void> {
    const path = `/${client.name}-${count++}`;
    written.addPassing(path);
    const created = client.create(path, { ephemeral: true });
    if (!chance(random, options.pipelining) && !(await created).ok) return;
    const read = client.getData(path);
    await Promise.all([created, read]);
    if (chance(random, 0.4)) await client.delete(path);
    else kept.push(path);
  }

  async function look(): Promise<void> {
    const path = kept[random.below(kept.length)];
    if (path === undefined) return own();
    await client.sync(path);
    await client.exists(path);
    if (chance(random, 0.3)) await client.setData(path);
  }

  async function list(): Promise<void> {
    await client.getEphemerals('/');
  }

  async function end(): Promise<void> {
    if (chance(random, options.abandoning)) client.abandon();
    else await client.close();
  }

  return {
    async act() {
      if (kept.length > 0 && chance(random, 1 / LIFE_ACTIONS)) return end();
      await choose(random, [
        [4, own],
        [3, look],
        [1, list],
      ])();
    },
  };
}
