// Bugs of ZooKeeper's fuzzy snapshots: txns are applied while the tree is written, and what is loaded again is not what was. Zebu's snapshots
// are exact at their zxid; these stories apply txns while one is written, lose power, load it, and compare the trees.

import { type Client, CreateMode } from '@zebu/client';
import { A, B, C } from './letters.ts';
import { type Scenario, type ScenarioSetting, scenario } from './scenario.ts';
import type { Story } from './story.ts';

const SETTINGS: ScenarioSetting['settings'] = { snapCount: 30, snapRetainCount: 3, localSessions: false };

export const snapshots: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-3127',
    'a multi is in a snapshot as a whole or not at all',
    {
      voters: 3,
      settings: SETTINGS,
      about: `The first operation of a multi moved the zxid of the snapshot that was being written; the rest was not in it, and was never
        replayed because the zxid said that it was.`,
    },
    async (story) => {
      await whileSnapshotIsWritten(story, async (client, n) => {
        await client.multi([
          { type: 'create', path: `/m${n}`, data: 'parent' },
          { type: 'create', path: `/m${n}/child`, data: 'child' },
          { type: 'setData', path: '/large1', data: `small${n}`, version: -1 },
          ...(n > 2 ? [{ type: 'delete' as const, path: `/m${n - 2}/child` }] : []),
        ]);
      });
    },
  ),

  scenario(
    'ZOOKEEPER-3144',
    'no ephemeral in a snapshot is without its session',
    {
      voters: 3,
      settings: SETTINGS,
      about: `Sessions are written first, znodes later. A session that was created in between was not in the snapshot while its ephemerals
        were, and the zxid said that nothing had to be replayed: ephemerals of a session that nobody could end.`,
    },
    async (story) => {
      const clients: Client[] = [];
      await whileSnapshotIsWritten(story, async (_client, n) => {
        const owner = story.client({ name: `owner-${n}`, servers: [C] });
        await owner.create(`/e${n}`, 'mine', { mode: CreateMode.EPHEMERAL });
        if (n % 2 === 0) await owner.close();
        else clients.push(owner);
      });
      for (const client of clients) await story.call('an owner closes its session', client.close());
      await story.inStep();
      for (const server of [A, B, C])
        story.expectEqual(story.world.view(server)?.ephemeralsCount, 0, 'how many ephemerals are left');
    },
  ),

  scenario(
    'ZOOKEEPER-3145',
    'pzxid is what it was when deletes and closed sessions are replayed',
    {
      voters: 3,
      settings: SETTINGS,
      about: `A delete that was replayed onto a snapshot which no longer had the znode did not touch the parent, whose pzxid stayed behind that
        of the other servers.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const before = story.client({ name: 'before', servers: [C] });
      await story.call('/parent is created', before.create('/parent'));
      await whileSnapshotIsWritten(
        story,
        async (client, n) => {
          await client.create(`/parent/${n}`);
          await client.delete(`/parent/${n}`);
        },
        { alreadyTogether: true },
      );
      const stats = [];
      for (const at of [A, B, C]) {
        const reader = story.client({ name: `reader-${at}`, servers: [at] });
        stats.push(await story.call('the parent is read', reader.exists('/parent')));
      }
      const [ofA, ofB, ofC] = stats.map((stat) => ({ pzxid: stat?.pzxid, cversion: stat?.cversion }));
      story.expectEqual(ofA, ofC, 'pzxid and cversion at A, beside those at C,');
      story.expectEqual(ofB, ofC, 'pzxid and cversion at B, beside those at C,');
    },
  ),

  scenario(
    'ZOOKEEPER-3306',
    'every znode can be read by its ACL after a snapshot was loaded',
    {
      voters: 3,
      settings: SETTINGS,
      about: `ACLs are written first, as a table with counts of their uses. Replayed onto a fuzzy snapshot, a count came to 0 while a znode
        still named the ACL: the znode could not be read, or the database not be loaded (3306, 4689, 4846).`,
    },
    async (story) => {
      await whileSnapshotIsWritten(story, async (client, n) => {
        const all = { permissions: 31, scheme: 'world', id: 'anyone' };
        const some = { permissions: 1 + (n % 15), scheme: 'digest', id: `user${n}:hash${n}` };
        await client.create(`/a${n}`, 'x', { acl: [some, all] });
        if (n > 1) await client.setAcl(`/a${n - 1}`, n % 2 === 0 ? [all] : [all, some]);
        if (n > 2) await client.delete(`/a${n - 2}`);
      });
      const readers = [A, C].map((at) => story.client({ name: `reader-${at}`, servers: [at] }));
      const [atA, atC] = readers as [Client, Client];
      const children = await story.call('the children of / are read', atC.getChildren('/'));
      const kept = children.filter((name) => /^a\d/.test(name));
      story.expect(kept.length > 0, 'some znodes with ACLs of their own are left');
      for (const name of kept) {
        const [left, right] = [atA.getAcl(`/${name}`), atC.getAcl(`/${name}`)];
        const [aclAtA, aclAtC] = await story.call(`the ACL of ${name} is read`, Promise.all([left, right]));
        story.expectEqual(aclAtA.acl, aclAtC.acl, `the ACL of ${name} at A`);
      }
    },
  ),
];

/**
 * C leads a tree of some size. Changes go on until A has written a snapshot, slowly, while it applied some of them; then A loses power, comes
 * back from that snapshot, and all trees are equal.
 */
async function whileSnapshotIsWritten(
  story: Story,
  change: (client: Client, n: number) => Promise<void>,
  { alreadyTogether = false } = {},
): Promise<void> {
  if (!alreadyTogether) await story.together(C, A, B);
  const client = story.client({ name: 'changing', servers: [C] });
  for (let n = 1; n <= 16; n++)
    await story.call(`/large${n} is created`, client.create(`/large${n}`, 'x'.repeat(50_000)));
  await story.inStep();
  story.say("a write to A's disk takes 10 ms");
  story.world.setDiskDelay(A, { writeMs: [10, 10] });
  const since = story.facts.count;
  const written = (): boolean => story.facts.of(A, 'snapshotWritten', since).length > 0;
  for (let n = 1; n <= 200 && !written(); n++) await story.call(`change ${n}`, change(client, n));
  story.expect(written(), 'A has written a snapshot meanwhile');
  const snapshot = story.facts.of(A, 'snapshotWritten', since)[0];
  const index = story.facts.events.lastIndexOf(snapshot as NonNullable<typeof snapshot>);
  const appliedMeanwhile = story.facts.events
    .slice(0, index)
    .some((event) => event.type === 'applied' && event.server === A && event.zxid > (snapshot?.zxid ?? 0n));
  story.expect(appliedMeanwhile, 'A applied txns while it wrote');
  story.world.setDiskDelay(A, undefined);
  await story.inStep();
  story.losePower(A);
  story.start(A);
  await story.serves(A);
  await story.inStep();
  story.expectEqual(story.world.view(A)?.treeDigest, story.world.view(C)?.treeDigest, 'the digest of the tree at A');
  story.expectEqual(story.facts.differences, [], 'where trees of one zxid differed');
}
