// For every property that clients see a history that breaks it and no other.

import { ClientStory, SESSION_TIMEOUT_MS, zxid } from './client-story.ts';

export interface BadHistory {
  readonly checker: string;
  readonly story: string;
  readonly tell: () => ClientStory;
}

const tell = (telling: (story: ClientStory) => void) => (): ClientStory => {
  const story = new ClientStory();
  telling(story);
  return story;
};

export const BAD_HISTORIES: readonly BadHistory[] = [
  {
    checker: 'acknowledged-writes-survive',
    story: 'a creation of unknown outcome was done twice',
    tell: tell((story) => {
      story.creates('a', '/q', 1);
      const data = story.payload('a');
      story.loses(story.asksToCreate('a', '/q/n-', { sequential: true }));
      story.phase('calm').phase('reading').syncs('reader', 5);
      story.lists('reader', '/q', 5, ['n-0000000000', 'n-0000000001']);
      story.reads('reader', '/q/n-0000000000', 5, { czxid: 2, data });
      story.reads('reader', '/q/n-0000000001', 5, { czxid: 3, data });
    }),
  },
  {
    checker: 'linearizable-writes',
    story: 'a write has a zxid below that of one that had returned before it was invoked',
    tell: tell((story) => {
      story.creates('a', '/a', 5);
      story.creates('b', '/b', 4);
    }),
  },
  {
    checker: 'linearizable-writes',
    story: 'two writes share a zxid',
    tell: tell((story) => {
      const first = story.asksToCreate('a', '/a');
      const second = story.asksToCreate('b', '/b');
      story.answers(first, { ok: true, zxid: zxid(4), path: '/a', stat: story.stat({ czxid: 4 }) });
      story.answers(second, { ok: true, zxid: zxid(4), path: '/b', stat: story.stat({ czxid: 4 }) });
    }),
  },
  {
    checker: 'linearizable-writes',
    story: 'a versioned setData succeeds on another version',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      const call = story.asksToSet('b', '/r', 0);
      story.answers(call, { ok: true, zxid: zxid(3), stat: story.stat({ czxid: 1, mzxid: 3, version: 2 }) });
    }),
  },
  {
    checker: 'linearizable-writes',
    story: 'a version is left out, although the outcome of every write is known',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 2 });
    }),
  },
  {
    checker: 'linearizable-writes',
    story: 'a value is read that was refused',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      const data = story.payload('a');
      story.refuses(story.asksToSet('a', '/r', 7), 'BADVERSION', 2);
      story.loses(story.asksToSet('b', '/r'));
      story.reads('b', '/r', 3, { czxid: 1, mzxid: 3, version: 1, data });
    }),
  },
  {
    checker: 'reads-at-their-zxid',
    story: 'a read as of a later zxid lacks what another session wrote',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story.reads('b', '/r', 3, { czxid: 1, mzxid: 1 });
    }),
  },
  {
    checker: 'reads-at-their-zxid',
    story: 'a listing lacks a child that was there as of its zxid',
    tell: tell((story) => {
      story.creates('a', '/q', 1);
      story.creates('a', '/q/child', 2);
      story.lists('b', '/q', 3, []);
    }),
  },
  {
    checker: 'sync-then-read',
    story: 'a read that follows a sync is older than a write that had returned before the sync',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story.syncs('b', 1);
      story.reads('b', '/r', 1, { czxid: 1 });
    }),
  },
  {
    checker: 'session-order',
    story: 'a session is answered in another order than it asked',
    tell: tell((story) => {
      const first = story.asksToCreate('a', '/a');
      const second = story.asksToCreate('a', '/b');
      story.answers(second, { ok: true, zxid: zxid(1), path: '/b', stat: story.stat({ czxid: 1 }) });
      story.answers(first, { ok: true, zxid: zxid(2), path: '/a', stat: story.stat({ czxid: 2 }) });
    }),
  },
  {
    checker: 'session-order',
    story: 'a session is answered what it asked last, and then loses its connection',
    tell: tell((story) => {
      const first = story.asksToCreate('a', '/a');
      const second = story.asks('a', { type: 'exists', path: '/b' });
      story.refuses(second, 'NONODE', 1);
      story.loses(first);
    }),
  },
  {
    checker: 'session-order',
    story: 'a session goes back in time on another server',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.reads('b', '/r', 2, { czxid: 1 });
      story.disconnects('b').connects('b', 2);
      story.reads('b', '/r', 1, { czxid: 1 });
    }),
  },
  {
    checker: 'ephemerals-live-with-their-session',
    story: 'an ephemeral outlives its session, which was closed',
    tell: tell((story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.closes('a', 2);
      story.reads('b', '/e', 3, { czxid: 1, owner: 'a' });
    }),
  },
  {
    checker: 'ephemerals-live-with-their-session',
    story: 'an ephemeral is gone, and its session goes on to write',
    tell: tell((story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.wait(10_000);
      story.reads('b', '/e', 3);
      story.creates('a', '/later', 4);
    }),
  },
  {
    checker: 'ephemerals-live-with-their-session',
    story: 'an ephemeral belongs to another session',
    tell: tell((story) => {
      story.connects('b');
      story.creates('a', '/e', 1, { ephemeral: true });
      story.reads('b', '/e', 2, { czxid: 1, owner: 'b' });
    }),
  },
  {
    checker: 'ephemerals-live-with-their-session',
    story: 'a session expires before its time',
    tell: tell((story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.wait(SESSION_TIMEOUT_MS / 4);
      story.disconnects('a').expires('a');
    }),
  },
  {
    checker: 'ephemerals-live-with-their-session',
    story: 'an ephemeral of a session that was left to expire is there when that is long since',
    tell: tell((story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.abandons('a');
      story.phase('calm').phase('reading').wait(60_000).syncs('reader', 2);
      story.reads('reader', '/e', 2, { czxid: 1, owner: 'a' });
    }),
  },
  {
    checker: 'watches-neither-lost-nor-late',
    story: 'a watch is lost when its session moves to another server',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.reads('b', '/r', 1, { czxid: 1 }, true);
      story.disconnects('b');
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story.connects('b', 2).syncs('b', 2);
    }),
  },
  {
    checker: 'watches-neither-lost-nor-late',
    story: 'a session reads the new value before its watch tells of it',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      const watch = story.reads('b', '/r', 1, { czxid: 1 }, true);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story.reads('b', '/r', 2, { czxid: 1, mzxid: 2, version: 1 });
      story.hears('b', watch, 'dataChanged', '/r');
    }),
  },
  {
    checker: 'watches-neither-lost-nor-late',
    story: 'a watch tells of a change that was in what its read showed',
    tell: tell((story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      const watch = story.reads('b', '/r', 2, { czxid: 1, mzxid: 2, version: 1 }, true);
      story.hears('b', watch, 'dataChanged', '/r');
    }),
  },
  {
    checker: 'watches-neither-lost-nor-late',
    story: 'a watch over a tree tells of two changes in the wrong order',
    tell: tell((story) => {
      const watch = story.watches('b', '/', 1, true);
      story.creates('a', '/x', 2);
      story.creates('a', '/y', 3);
      story.hears('b', watch, 'created', '/y').hears('b', watch, 'created', '/x').syncs('b', 3);
    }),
  },
  {
    checker: 'watches-neither-lost-nor-late',
    story: 'a watch that stays tells twice of one change',
    tell: tell((story) => {
      const watch = story.watches('b', '/x', 1, false);
      story.creates('a', '/x', 2);
      story.hears('b', watch, 'created', '/x').hears('b', watch, 'created', '/x').syncs('b', 2);
    }),
  },
  {
    checker: 'multi-is-atomic',
    story: 'only a part of a multi of unknown outcome was done',
    tell: tell((story) => {
      const data = story.payload('a');
      story.loses(
        story.asksForMulti('a', [
          { type: 'create', path: '/x' },
          { type: 'create', path: '/y' },
        ]),
      );
      story.reads('b', '/x', 3, { czxid: 2, data: `${data}.0` });
      story.reads('b', '/y', 3);
    }),
  },
  {
    checker: 'multi-is-atomic',
    story: 'the parts of a multi of unknown outcome were done at two zxids',
    tell: tell((story) => {
      const data = story.payload('a');
      story.loses(
        story.asksForMulti('a', [
          { type: 'create', path: '/x' },
          { type: 'create', path: '/y' },
        ]),
      );
      story.reads('b', '/y', 2);
      story.reads('b', '/x', 3, { czxid: 2, data: `${data}.0` });
      story.reads('b', '/y', 3, { czxid: 3, data: `${data}.1` });
    }),
  },
  {
    checker: 'containers-and-ttls',
    story: 'a container is collected with a child in it',
    tell: tell((story) => {
      story.creates('a', '/c', 1, { container: true });
      story.creates('a', '/c/child', 2);
      story.reads('b', '/c', 3);
    }),
  },
  {
    checker: 'containers-and-ttls',
    story: 'a container is collected that never had a child',
    tell: tell((story) => {
      story.creates('a', '/c', 1, { container: true });
      story.reads('b', '/c', 2);
    }),
  },
  {
    checker: 'containers-and-ttls',
    story: 'a znode is collected before its time',
    tell: tell((story) => {
      story.creates('a', '/t', 1, { ttlMs: 500 });
      story.wait(300);
      story.reads('b', '/t', 2);
    }),
  },
  {
    checker: 'containers-and-ttls',
    story: 'an empty container is never collected',
    tell: tell((story) => {
      story.creates('a', '/c', 1, { container: true });
      story.creates('a', '/c/child', 2);
      story.deletes('a', '/c/child', 3);
      story.phase('calm').phase('reading').wait(60_000);
      story.reads('b', '/c', 3, { czxid: 1 });
    }),
  },
  {
    checker: 'sequence-numbers',
    story: 'two sequential znodes of one parent have one number',
    tell: tell((story) => {
      story.creates('a', '/q', 1);
      story.creates('a', '/q/x-', 2, { sequential: true, name: '/q/x-0000000000' });
      story.creates('b', '/q/y-', 3, { sequential: true, name: '/q/y-0000000000' });
    }),
  },
  {
    checker: 'reconfigs-in-order',
    story: 'two reconfigs are made to one configuration',
    tell: tell((story) => {
      story.reconfigures('a', 1);
      const first = story.asksToReconfigure('a', 1);
      const second = story.asksToReconfigure('b', 1);
      story.answers(second, { ok: true, zxid: zxid(3), configuration: zxid(3) });
      story.answers(first, { ok: true, zxid: zxid(2), configuration: zxid(2) });
    }),
  },
  {
    checker: 'reconfigs-in-order',
    story: 'an acknowledged reconfig is forgotten in the end',
    tell: tell((story) => {
      story.reconfigures('a', 1);
      story.reconfigures('a', 2);
      story.phase('calm').phase('reading').syncs('reader', 3);
      const read = story.asks('reader', { type: 'getConfiguration' });
      story.answers(read, { ok: true, zxid: zxid(3), configuration: zxid(1) });
    }),
  },
  {
    checker: 'reads-without-quorum',
    story: 'a server without a quorum shows what nobody wrote',
    tell: tell((story) => {
      story.creates('a', '/x', 1);
      story.answeredWithoutQuorum('/x', { to: 'read', data: 'of nobody' });
    }),
  },
  {
    checker: 'reads-without-quorum',
    story: 'a server without a quorum takes a write',
    tell: tell((story) => {
      story.creates('a', '/x', 1);
      story.answeredWithoutQuorum('/x', { to: 'write', error: undefined });
    }),
  },
];
