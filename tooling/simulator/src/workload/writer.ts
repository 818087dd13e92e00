// Znodes that nobody else touches: created, set, read, deleted. Several at a time when it does not wait.

import { type Actor, chance, type Stage } from './actor.ts';

export function makeWriter({ client, random, written, options }: Stage): Actor {
  let count = 0;

  async function writeOne(): Promise<void> {
    const path = `/${client.name}-${count++}`;
    written.add(path);
    const operations = [() => client.create(path)];
    for (let sets = random.below(3); sets > 0; sets--) operations.push(() => client.setData(path));
    if (chance(random, 0.5)) operations.push(() => client.getData(path));
    if (chance(random, 0.25))
      operations.push(
        () => client.delete(path),
        () => client.exists(path),
      );
    const waits = !chance(random, options.pipelining);
    const pending: Promise<unknown>[] = [];
    for (const operation of operations) {
      const outcome = operation();
      pending.push(outcome);
      if (waits && !(await outcome).ok) return;
    }
    await Promise.all(pending);
  }

  return {
    async act() {
      const waits = !chance(random, options.pipelining);
      if (waits) return writeOne();
      await Promise.all([writeOne(), writeOne()]);
    },
  };
}
