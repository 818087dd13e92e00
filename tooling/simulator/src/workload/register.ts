// A few znodes that all of these sessions read and write, with and without versions: where linearizability shows.

import type { ClientOutcome } from '../history/event.ts';
import { type Actor, choose, type Stage } from './actor.ts';

export const registerPath = (index: number): string => `/register-${index}`;

export function makeRegister({ client, random, written, options }: Stage): Actor {
  const versions = new Map<string, number>();

  function keep(path: string, outcome: ClientOutcome): void {
    if (outcome.ok && outcome.stat !== undefined) versions.set(path, outcome.stat.version);
  }

  async function create(path: string): Promise<void> {
    keep(path, await client.create(path));
  }

  async function set(path: string, version: number): Promise<void> {
    const outcome = await client.setData(path, { version });
    keep(path, outcome);
    if (!outcome.ok && outcome.error === 'NONODE') await create(path);
  }

  async function read(path: string): Promise<void> {
    keep(path, await client.getData(path));
  }

  async function syncAndRead(path: string): Promise<void> {
    const synced = client.sync(path);
    const outcome = client.getData(path);
    await synced;
    keep(path, await outcome);
  }

  /** What was read is what is replaced, unless another was faster. */
  async function replace(path: string): Promise<void> {
    await read(path);
    await set(path, versions.get(path) ?? 0);
  }

  async function remove(path: string): Promise<void> {
    await client.delete(path, { version: versions.get(path) ?? -1 });
    await create(path);
  }

  return {
    async act() {
      const path = registerPath(random.below(options.registerCount));
      written.add(path);
      const action = choose(random, [
        [4, () => set(path, -1)],
        [3, () => replace(path)],
        [2, () => set(path, versions.get(path) ?? 0)],
        [3, () => read(path)],
        [3, () => syncAndRead(path)],
        [0.3, () => remove(path)],
      ]);
      await action();
    },
  };
}
