// Runs a row's test once, with its feature or without, and cleans up behind it.

import { RawSession } from '@zebu/conformance/raw';
import { Client } from './client.ts';
import { fourLetterWord } from './four-letter-word.ts';
import { Proxy } from './proxy.ts';
import type { Row, Surface } from './row.ts';
import type { Role, RunningServer, Servers } from './servers.ts';

/** The test waits for what does not come. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'NO_ANSWER';
}

let nextRoot = 1;

export async function runRow(row: Row, servers: Servers, mode: 'with' | 'without'): Promise<void> {
  const otherLines = mode === 'without' && 'lines' in row.without ? row.without.lines : undefined;
  const running = await servers.having(otherLines ?? row.lines ?? [], row.servers);
  await runOn(row, running, mode);
}

export const runRowInRole = async (row: Row, servers: Servers, role: Role): Promise<void> =>
  runOn(row, [await servers.inRole(role)], 'with');

async function runOn(row: Row, running: readonly RunningServer[], mode: 'with' | 'without'): Promise<void> {
  const cleanups: (() => Promise<void> | void)[] = [];
  try {
    const tampering = mode === 'without' && !('lines' in row.without) ? row.without : undefined;
    const ports = await Promise.all(
      running.map(async ({ port }) => {
        if (tampering === undefined) return port;
        const proxy = await Proxy.before(port, tampering);
        cleanups.push(() => proxy.close());
        return proxy.port;
      }),
    );
    const first = running[0] as RunningServer;
    const root = await makeRoot(first.port, row.id);
    await inTime(row.test(surface(ports, first, root, cleanups)));
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** A row's test takes milliseconds, those that wait for a session to expire a second or two. */
const PATIENCE_MS = 15_000;

async function inTime(test: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new NoAnswerError(`no answer in ${PATIENCE_MS} ms`));
    timer = setTimeout(fail, PATIENCE_MS);
  });
  try {
    await Promise.race([test, late]);
  } finally {
    clearTimeout(timer);
    // What still waits is told that its connection is gone.
    test.catch(() => undefined);
  }
}

/** Around any proxy: what is switched off is the row's matter. Where nobody is served without a login, or may write, there is no root to use. */
async function makeRoot(port: number, id: string): Promise<string> {
  const root = `/${id}-${nextRoot++}`;
  const session = await RawSession.open(port).catch(() => undefined);
  if (session === undefined) return root;
  const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];
  const making = session.call({ op: 'create', path: root, data: '', acl, flags: 0 });
  await making.then(() => session.close()).catch(() => session.drop());
  return root;
}

const surface = (
  ports: readonly number[],
  { securePort, directory }: RunningServer,
  root: string,
  cleanups: (() => Promise<void> | void)[],
): Surface => ({
  port: ports[0] as number,
  ports,
  securePort,
  directory,
  root,
  async open({ server = 0, port = ports[server] as number, ...options } = {}) {
    const client = new Client(await RawSession.open(port, options));
    cleanups.push(() => client.drop());
    return client;
  },
  word: async (word) => (await fourLetterWord(ports[0] as number, word)) ?? '',
  after: (work) => cleanups.push(work),
});
