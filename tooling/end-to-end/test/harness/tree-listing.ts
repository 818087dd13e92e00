// The whole tree as one server shows it, for comparing servers with each other and with Apache ZooKeeper.

import { createClient } from '@zebu/client';

export interface ListedZnode {
  readonly path: string;
  readonly data: string | null;
  readonly stat: Record<string, string>;
}

/** Every znode but /zookeeper and what is not to be listed, by path. `sync` comes first, so that all servers show the same. */
export async function listTree(address: string, unlisted: readonly string[] = []): Promise<ListedZnode[]> {
  const client = createClient({ connectionString: address, sessionTimeoutMs: 20_000 });
  await client.sync('/');
  const listed: ListedZnode[] = [];
  let wave = ['/'];
  while (wave.length > 0) {
    const found = await Promise.all(
      wave.map(async (path) => {
        const [{ data, stat }, children] = await Promise.all([client.getData(path), client.getChildren(path)]);
        if (path !== '/')
          listed.push({
            path,
            data: data === null ? null : Buffer.from(data).toString('base64'),
            stat: printable(stat),
          });
        return children.map((name) => (path === '/' ? `/${name}` : `${path}/${name}`));
      }),
    );
    wave = found.flat().filter((path) => path !== '/zookeeper' && !unlisted.includes(path));
  }
  await client.close();
  return listed.sort((left, right) => (left.path < right.path ? -1 : 1));
}

const printable = (stat: object): Record<string, string> =>
  Object.fromEntries(Object.entries(stat).map(([field, value]) => [field, String(value)]));

/** The paths below "/" in the order in which they were created. */
export const creationOrder = (tree: readonly ListedZnode[]): string[] =>
  [...tree]
    .sort((left, right) => (BigInt(left.stat['czxid'] ?? 0) < BigInt(right.stat['czxid'] ?? 0) ? -1 : 1))
    .map((znode) => znode.path);
