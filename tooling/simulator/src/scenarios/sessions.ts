// Bugs of sessions and of the way of a request: who owns an ephemeral, what may be logged, and who is told.

import { CreateMode, isZooKeeperError } from '@zebu/client';
import { OpCode, type ServerId } from '@zebu/protocol';
import { A, B, C, letterOf } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import type { Story } from './story.ts';

const SESSION_TIMEOUT_MS = 2000;

export const sessions: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-2926',
    'a session that moves while it becomes global is known once, and its ephemerals live as long as it',
    {
      voters: 3,
      settings: { localSessions: true },
      about: `A local session became global at one server while its client moved to another. The session was tracked twice, was expired by
        the one that no longer heard from it, and lost its ephemerals though its client was there.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'moving', servers: [A, B], sessionTimeoutMs: SESSION_TIMEOUT_MS });
      const events: string[] = [];
      let home: ServerId | undefined;
      client.onSessionEvent((event) => {
        events.push(event.type);
        if (event.type === 'connected') home = event.server.port as ServerId;
      });
      await story.call('it has a local session', client.connected());
      const from = home as unknown as ServerId;
      const requests = story.hold('REQUEST', { from, to: C });
      const creation = client.create('/e', 'mine', { mode: CreateMode.EPHEMERAL });
      const ended = creation.then(
        () => 'created',
        (error: unknown) => (isZooKeeperError(error) ? error.code : String(error)),
      );
      await requests.waits();
      story.say(`the client's connection to ${letterOf(from)} breaks, and it goes elsewhere`);
      story.world.dropClients(from);
      story.expectEqual(await story.call('the creation ends', ended), 'CONNECTIONLOSS', 'what the client was told');
      await story.until('the client hears of its session', () => events.length > 2);
      requests.release();
      await story.inStep();
      await story.passes(SESSION_TIMEOUT_MS / 2);
      const isThere = async (): Promise<boolean> => (await story.read('e', { at: C })) !== undefined;
      if (client.state === 'connected') {
        story.say('the session lives on');
        await story.passes(3 * SESSION_TIMEOUT_MS);
        const known = story.world.view(C)?.sessionCount ?? 0;
        story.expect(client.state === 'connected', 'it still lives');
        story.expect(known <= 1, 'it is known once');
        if (await isThere()) {
          await story.call('its client leaves', client.close());
          await story.inStep();
        }
      } else {
        story.expectEqual(client.state, 'expired', 'what became of the session');
        await story.passes(3 * SESSION_TIMEOUT_MS);
      }
      story.expect(!(await isThere()), 'no ephemeral is left without its session');
      for (const server of [A, B, C])
        story.expectEqual(story.world.view(server)?.ephemeralsCount, 0, `the ephemerals at ${letterOf(server)}`);
    },
  ),

  scenario(
    'ZOOKEEPER-2623',
    'nothing that a client may send is logged that cannot be read back',
    {
      voters: 3,
      about: `A check outside of a multi was proposed and logged as a txn of a type that the database could not load: every server that had it
        in its log failed at its next start. So here every request type is sent, well and badly formed, to leader and follower.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const codes = [...Object.values(OpCode), 10, 23, 99, 108, 1000, -12];
      const answers: string[] = [];
      for (const at of [C, A]) {
        for (const code of codes) {
          for (const form of ['none', 'check', 'garbage'] as const)
            answers.push(await sendRaw(story, { at, code, form }));
        }
      }
      story.say(`answers: ${[...new Set(answers)].sort().join(' ')}`);
      story.expect(answers.length === codes.length * 6, 'every request came to an end');
      await story.write('t1', { at: C });
      await story.inStep();
    },
  ),

  scenario(
    'ZOOKEEPER-4537',
    'a lone write is answered without another one behind it',
    {
      voters: 3,
      about: `A wake-up between the sync thread and the commit thread was lost: the only write of the only client hung until another came. So
        single writes are made at leader and follower, with each server's disk in turn slower and faster than the others'.`,
    },
    async (story) => {
      await story.together(C, A, B);
      for (const slow of [A, B, C]) {
        story.say(`the disk of ${letterOf(slow)} takes 30 ms a flush`);
        story.world.setDiskDelay(slow, { flushMs: [30, 30] });
        for (const at of [A, C]) {
          for (let n = 1; n <= 5; n++) {
            const write = story.submit(`t${slow}-${at}-${n}`, { at });
            await story.until(`${write.path} is answered soon`, () => write.status !== 'pending', 500);
            await story.isAcknowledged(write);
          }
        }
        story.world.setDiskDelay(slow, undefined);
      }
    },
  ),

  scenario(
    'ZOOKEEPER-4475',
    'a recursive watch hears of znodes, not of lists of children',
    {
      voters: 3,
      about: `A recursive watcher also got childrenChanged, which is for those who watch a list of children; clients took it for something
        that had happened to the znode.`,
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'watching', servers: [A] });
      const recursive: string[] = [];
      const children: string[] = [];
      await story.call('it creates /a', client.create('/a'));
      await story.call(
        'it watches /a and below',
        client.addWatch('/a', ({ type, path }) => void recursive.push(`${type} ${path}`), { recursive: true }),
      );
      await story.call(
        'it watches the children of /a',
        client.getChildren('/a', { watch: ({ type, path }) => void children.push(`${type} ${path}`) }),
      );
      await story.call('it creates /a/b', client.create('/a/b', 'x'));
      await story.call('it changes /a/b', client.setData('/a/b', 'y'));
      await story.call('it deletes /a/b', client.delete('/a/b'));
      await story.passes(100);
      story.expectEqual(
        recursive,
        ['created /a/b', 'dataChanged /a/b', 'deleted /a/b'],
        'what the recursive watch heard',
      );
      story.expectEqual(children, ['childrenChanged /a'], 'what the watch of children heard');
    },
  ),
];

/** Sends one request over the wire, and says how it ended. */
async function sendRaw(
  story: Story,
  { at, code, form }: { readonly at: ServerId; readonly code: number; readonly form: 'none' | 'check' | 'garbage' },
): Promise<string> {
  const client = story.world.client({ name: `raw-${at}-${code}-${form}`, servers: [at] });
  await story.world.runUntil(() => client.state === 'connected', 20_000, 'a connection');
  let ended: string | undefined;
  client.submit(
    code,
    form === 'none'
      ? undefined
      : (writer) => {
          if (form === 'garbage') for (let n = 0; n < 40; n++) writer.writeInt(n * 0x1357_9bd);
          else {
            writer.writeString('/');
            writer.writeInt(-1);
          }
        },
    {
      onReply: ({ error }) => {
        ended = String(error);
      },
      onFailure: (error) => {
        ended = error.code;
      },
    },
  );
  // What has no answer (a notification, say) has none: the session goes on, or is closed.
  await story.world.run(50);
  client.detach();
  await story.world.run(1);
  return ended ?? 'none';
}
