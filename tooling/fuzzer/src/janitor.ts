// Tidies up between rounds, so that memory is compared between like and like: the fuzzer's znodes are deleted, ACLs of the root put right.

import { type PlainRequest, RawSession } from '@zebu/conformance/raw';
import { Permission } from '@zebu/protocol';
import { PLAYGROUND } from './vocabulary.ts';

const ANY_VERSION = -1;
const KEPT = ['/zookeeper/config', '/zookeeper/quota'];
const SUPER_AUTH = 'super:secret';
/** Of deletes on their way. */
const BATCH = 500;

/** Deletes all znodes but ZooKeeper's own and those below `home`, and makes an empty playground; returns how many there were. */
export async function tidyUp(port: number, home: string): Promise<number> {
  const session = await RawSession.open(port, { timeoutMs: 6000 });
  await session.call({ op: 'auth', type: 0, scheme: 'digest', auth: SUPER_AUTH });
  const open = [{ perms: Permission.ALL, scheme: 'world', id: 'anyone' }];
  await session.call({ op: 'setACL', path: '/', acl: open, version: ANY_VERSION });
  const paths = (await descendants(session, '/')).filter((path) => !isKept(path, home));
  // Children before their parents.
  paths.reverse();
  for (let at = 0; at < paths.length; at += BATCH) {
    await Promise.all(paths.slice(at, at + BATCH).map((path) => session.call(deletion(path))));
  }
  await session.call({ op: 'create', path: PLAYGROUND, data: '', acl: open, flags: 0 });
  await session.close();
  return paths.length;
}

const deletion = (path: string): PlainRequest => ({ op: 'delete', path, version: ANY_VERSION });

const isKept = (path: string, home: string): boolean =>
  path === '/zookeeper' || KEPT.includes(path) || path === home || path.startsWith(`${home}/`);

async function descendants(session: RawSession, parent: string): Promise<string[]> {
  const reply = await session.call({ op: 'getChildren', path: parent, watch: false });
  const names = (reply.body?.['children'] ?? []) as readonly string[];
  const children = names.map((name) => `${parent === '/' ? '' : parent}/${name}`);
  const below = await Promise.all(children.map((child) => descendants(session, child)));
  return [...children, ...below.flat()];
}
