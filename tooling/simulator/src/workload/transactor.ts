// Multis: that succeed, that fail at their end, and that race with the registers' sessions for a version.

import { type Actor, choose, type Stage } from './actor.ts';
import { registerPath } from './register.ts';

export function makeTransactor({ client, random, written, options }: Stage): Actor {
  let count = 0;
  const nextPath = (): string => `/${client.name}-${count++}`;

  async function succeed(): Promise<void> {
    const path = nextPath();
    const paths = [path, `${path}/child`, `${path}-lasting`];
    for (const each of paths) written.add(each);
    await client.multi([
      { type: 'create', path },
      { type: 'create', path: `${path}/child` },
      // Outlives the run.
      { type: 'create', path: `${path}-lasting`, ttlMs: 3_600_000 },
      { type: 'setData', path, version: 0 },
      { type: 'check', path, version: 1 },
    ]);
    await Promise.all(paths.map((each) => client.exists(each)));
  }

  async function fail(): Promise<void> {
    const path = nextPath();
    written.add(path);
    await client.multi([
      { type: 'create', path, ...(random.below(2) === 0 ? { ephemeral: true } : { container: true }) },
      { type: 'check', path, version: 7 },
    ]);
    await client.exists(path);
  }

  async function race(): Promise<void> {
    const register = registerPath(random.below(options.registerCount));
    written.add(register);
    const found = await client.getData(register);
    if (!found.ok || found.stat === undefined) return;
    const path = nextPath();
    written.add(path);
    await client.multi([
      { type: 'setData', path: register, version: found.stat.version },
      { type: 'create', path },
    ]);
    await Promise.all([client.getData(register), client.getData(path)]);
  }

  async function move(): Promise<void> {
    const from = nextPath();
    const to = nextPath();
    written.add(from);
    written.add(to);
    const created = await client.create(from);
    if (!created.ok) return;
    await client.multi([
      { type: 'delete', path: from, version: 0 },
      { type: 'create', path: to },
    ]);
    await Promise.all([client.exists(from), client.exists(to)]);
  }

  return {
    async act() {
      await choose(random, [
        [3, succeed],
        [1.5, fail],
        [2, race],
        [1.5, move],
      ])();
    },
  };
}
