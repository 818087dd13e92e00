// Sequential znodes below parents that are shared: put by some, listed, read and taken by all.

import { type Actor, chance, choose, type Stage } from './actor.ts';

export const queuePath = (index: number): string => `/queue-${index}`;

export function makeQueue({ client, random, written, options }: Stage): Actor {
  const known = new Set<string>();

  async function put(parent: string): Promise<void> {
    const ephemeral = chance(random, 0.2);
    const outcome = await client.create(`${parent}/item-`, { sequential: true, ephemeral });
    if (!outcome.ok || outcome.path === undefined) return;
    if (ephemeral) written.addPassing(outcome.path);
    else written.add(outcome.path);
  }

  async function putTwo(parent: string): Promise<void> {
    await Promise.all([put(parent), put(parent)]);
  }

  /** The first in line; others may be faster. */
  async function take(parent: string): Promise<void> {
    const listed = await client.getChildren(parent);
    const first = listed.ok ? listed.children?.[0] : undefined;
    if (first === undefined) return;
    const path = `${parent}/${first}`;
    written.add(path);
    const found = await client.getData(path);
    if (found.ok) await client.delete(path, { version: found.stat?.version ?? -1 });
  }

  async function list(parent: string): Promise<void> {
    const synced = client.sync(parent);
    await client.getChildren(parent);
    await synced;
  }

  return {
    async act() {
      const parent = queuePath(random.below(options.queueCount));
      if (!known.has(parent)) {
        written.addParent(parent);
        const outcome = await client.create(parent);
        if (!outcome.ok && outcome.error !== 'NODEEXISTS') return;
        known.add(parent);
      }
      const action = choose(random, [
        [4, () => put(parent)],
        [1, () => putTwo(parent)],
        [2.5, () => take(parent)],
        [1, () => list(parent)],
      ]);
      await action();
    },
  };
}
