// Watches on what other sessions write: of each kind, set again when they fired.

import { type Actor, choose, type Stage } from './actor.ts';
import { queuePath } from './queue.ts';
import { registerPath } from './register.ts';

export function makeWatcher({ client, random, written, options }: Stage): Actor {
  let count = 0;
  let isStanding = false;

  const anyRegister = (): string => registerPath(random.below(options.registerCount));
  const anyQueue = (): string => queuePath(random.below(options.queueCount));

  async function watchData(): Promise<void> {
    const path = anyRegister();
    const found = await client.getData(path, { watch: true });
    if (!found.ok) await client.exists(path, { watch: true });
  }

  async function watchChildren(): Promise<void> {
    await client.getChildren(anyQueue(), { watch: true });
  }

  /** Waits for a znode of its own, so that the change is one that this session makes. */
  async function watchOwn(): Promise<void> {
    const path = `/${client.name}-${count++}`;
    written.add(path);
    await client.exists(path, { watch: true });
    await client.create(path);
    await client.getData(path, { watch: true });
    await client.setData(path);
    await client.exists(path, { watch: true });
    await client.delete(path);
  }

  async function watchAlways(): Promise<void> {
    if (options.watchesAll) await client.addWatch('/', { recursive: true });
    else await client.addWatch(anyQueue(), { recursive: true });
    await client.addWatch(anyRegister(), { recursive: false });
    isStanding = true;
  }

  async function look(): Promise<void> {
    await Promise.all([client.getData(anyRegister()), client.getChildren(anyQueue())]);
  }

  return {
    async act() {
      if (!isStanding) return watchAlways();
      await choose(random, [
        [4, watchData],
        [3, watchChildren],
        [1, watchOwn],
        [1, look],
      ])();
    },
    async finish() {
      // What changed before is heard of before this is answered.
      await client.sync('/');
      await look();
    },
  };
}
