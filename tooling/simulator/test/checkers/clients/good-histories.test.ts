import { describe, expect, it } from 'vitest';
import { verdict } from '../verdict.ts';
import { ClientStory, SESSION_TIMEOUT_MS, zxid } from './client-story.ts';

const STORIES: readonly (readonly [string, (story: ClientStory) => void])[] = [
  [
    'a write of unknown outcome was done',
    (story) => {
      story.creates('a', '/r', 1);
      const data = story.payload('a');
      story.loses(story.asksToSet('a', '/r'));
      story.phase('calm').phase('reading').syncs('reader', 2);
      story.reads('reader', '/r', 2, { czxid: 1, mzxid: 2, version: 1, data });
    },
  ],
  [
    'a write of unknown outcome was not done, and one that nobody will know of counts as a version',
    (story) => {
      const data = story.payload('a');
      story.creates('a', '/r', 1);
      story.loses(story.asksToSet('a', '/r'));
      story.reads('b', '/r', 2, { czxid: 1, data });
      story.loses(story.asksToSet('a', '/r'));
      story.sets('b', '/r', 4, { czxid: 1, version: 2 });
    },
  ],
  [
    'a creation of unknown outcome is found under the name that it was given',
    (story) => {
      story.creates('a', '/q', 1);
      const data = story.payload('a');
      story.loses(story.asksToCreate('a', '/q/n-', { sequential: true }));
      story.creates('b', '/q/n-', 3, { sequential: true, name: '/q/n-0000000001' });
      story.lists('b', '/q', 3, ['n-0000000000', 'n-0000000001']);
      story.reads('b', '/q/n-0000000000', 3, { czxid: 2, data });
    },
  ],
  [
    'a delete of unknown outcome may explain that a znode is gone',
    (story) => {
      story.creates('a', '/x', 1);
      story.loses(story.asksToDelete('a', '/x'));
      story.phase('calm').phase('reading').syncs('reader', 2);
      story.reads('reader', '/x', 2);
    },
  ],
  [
    'a read without a sync is behind what another session wrote',
    (story) => {
      story.creates('a', '/r', 1);
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story.reads('b', '/r', 1, { czxid: 1 });
      story.syncs('b', 2);
      story.reads('b', '/r', 2, { czxid: 1, mzxid: 2, version: 1 });
    },
  ],
  [
    'two writes overlap, and the one that returns first has the higher zxid',
    (story) => {
      const first = story.asksToCreate('a', '/a');
      const second = story.asksToCreate('b', '/b');
      story.answers(second, { ok: true, zxid: zxid(2), path: '/b', stat: story.stat({ czxid: 2 }) });
      story.answers(first, { ok: true, zxid: zxid(1), path: '/a', stat: story.stat({ czxid: 1 }) });
    },
  ],
  [
    'a multi creates and sets one znode at one zxid, and every part of it is seen',
    (story) => {
      const call = story.asksForMulti('a', [
        { type: 'create', path: '/m' },
        { type: 'setData', path: '/m', version: 0 },
      ]);
      const parts = [
        { path: '/m', stat: story.stat({ czxid: 1 }) },
        { stat: story.stat({ czxid: 1, mzxid: 1, version: 1 }) },
      ];
      story.answers(call, { ok: true, zxid: zxid(1), parts });
      story.reads('a', '/m', 1, { czxid: 1, mzxid: 1, version: 1, data: 'a:1.1' });
    },
  ],
  [
    'a multi that was refused left nothing',
    (story) => {
      const call = story.asksForMulti('a', [{ type: 'create', path: '/f' }]);
      story.refuses(call, 'BADVERSION', 1);
      story.phase('calm').phase('reading').syncs('reader', 1);
      story.reads('reader', '/f', 1);
    },
  ],
  [
    'a session moves between servers, and its ephemeral stays',
    (story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.disconnects('a').wait(SESSION_TIMEOUT_MS).connects('a', 2);
      story.syncs('a', 2);
      story.reads('a', '/e', 2, { czxid: 1, owner: 'a' });
    },
  ],
  [
    'a session is lost from sight, expires, and its ephemeral is gone',
    (story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.disconnects('a').wait(2 * SESSION_TIMEOUT_MS);
      story.reads('b', '/e', 2);
      story.expires('a');
    },
  ],
  [
    'an ephemeral is gone with the close of its session, whose answer is still on its way',
    (story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      const closing = story.asks('a', { type: 'closeSession' });
      story.reads('b', '/e', 2);
      story.answers(closing, { ok: true, zxid: zxid(2) });
    },
  ],
  [
    'a server that is behind shows an ephemeral of a session that is closed',
    (story) => {
      story.creates('a', '/e', 1, { ephemeral: true });
      story.closes('a', 3);
      story.reads('b', '/e', 2, { czxid: 1, owner: 'a' });
    },
  ],
  [
    'a watch that is set again after a reconnect tells of a change while its session was away',
    (story) => {
      story.creates('a', '/r', 1);
      const watch = story.reads('b', '/r', 1, { czxid: 1 }, true);
      story.disconnects('b');
      story.deletes('a', '/r', 2);
      story.creates('a', '/r', 3);
      // Another znode is in its place: that is a change of data to whoever was away.
      story.connects('b', 2).hears('b', watch, 'dataChanged', '/r').syncs('b', 3);
    },
  ],
  [
    'what a watch that is set again tells is heard by one that stays on the same path',
    (story) => {
      story.creates('a', '/r', 1);
      const standing = story.watches('b', '/r', 1, false);
      const watch = story.reads('b', '/r', 1, { czxid: 1 }, true);
      story.disconnects('b');
      story.deletes('a', '/r', 2);
      story.creates('a', '/r', 3);
      story.connects('b', 2);
      story.hears('b', watch, 'dataChanged', '/r').hears('b', standing, 'dataChanged', '/r').syncs('b', 3);
    },
  ],
  [
    'a watch that stays does not tell of what changed between two connections',
    (story) => {
      const watch = story.watches('b', '/', 1, true);
      story.creates('a', '/x', 2);
      story.hears('b', watch, 'created', '/x').syncs('b', 2).disconnects('b');
      story.creates('a', '/y', 3);
      story.connects('b', 2).syncs('b', 3);
      story.creates('a', '/z', 4);
      story.hears('b', watch, 'created', '/z').syncs('b', 4);
    },
  ],
  [
    'a session that ends before it hears of anything has lost no watch',
    (story) => {
      story.creates('a', '/r', 1);
      const watch = story.reads('b', '/r', 1, { czxid: 1 }, true);
      story.disconnects('b');
      story.sets('a', '/r', 2, { czxid: 1, version: 1 });
      story
        .wait(3 * SESSION_TIMEOUT_MS)
        .expires('b')
        .hears('b', watch, 'sessionLost', '/r');
    },
  ],
  [
    'a watch hears of a creation whose name its own session does not know yet',
    (story) => {
      story.creates('a', '/q', 1);
      const watch = story.lists('a', '/q', 1, [], true);
      const call = story.asksToCreate('a', '/q/n-', { sequential: true });
      story.hears('a', watch, 'childrenChanged', '/q');
      const stat = story.stat({ czxid: 2 });
      story.answers(call, { ok: true, zxid: zxid(2), path: '/q/n-0000000000', stat });
    },
  ],
  [
    'a watch for a znode that is not there hears of its creation, in its own session before the answer',
    (story) => {
      const watch = story.looksFor('a', '/x', 1);
      const call = story.asksToCreate('a', '/x');
      story.hears('a', watch, 'created', '/x');
      story.answers(call, { ok: true, zxid: zxid(2), path: '/x', stat: story.stat({ czxid: 2 }) });
    },
  ],
  [
    'a container goes after its last child, and a znode when its time has passed',
    (story) => {
      story.creates('a', '/c', 1, { container: true });
      story.creates('a', '/c/child', 2);
      story.deletes('a', '/c/child', 3);
      story.reads('b', '/c', 4);
      story.creates('a', '/t', 5, { ttlMs: 300 });
      story.wait(400);
      story.reads('b', '/t', 6);
    },
  ],
  [
    'nothing is said of times to live where clocks jump',
    (story) => {
      story.fault('clockJump');
      story.creates('a', '/t', 1, { ttlMs: 60_000 });
      story.reads('b', '/t', 2);
    },
  ],
];

describe('a history in which all is well', () => {
  it.each(STORIES)('is one in which %s', (_what, tell) => {
    const story = new ClientStory();
    tell(story);
    const { messages } = verdict(story.events);
    expect(messages).toEqual([]);
  });
});
