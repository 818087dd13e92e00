// What Zebu promises where no ticket says so.

import { CreateMode } from '@zebu/client';
import type { ServerId } from '@zebu/protocol';
import { A, B, C, letterOf } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';

const SESSION_TIMEOUT_MS = 800;
const STALL_MS = 1500;
const LATE_MS = 250;

export const promises: readonly Scenario[] = [
  scenario(
    'late tick',
    'a leader that stood still ends no session before it has read what came meanwhile',
    {
      voters: 3,
      settings: { localSessions: false, syncLimit: 20 },
      about: `A leader that is stopped and goes on looks at its timers first. By its clock every session has been silent for longer than its
        timeout, while the signs of life of all of them lie unread; ZooKeeper's session tracker then ends them all.`,
      undoneBy: {
        file: 'packages/peer/src/stall-guard.ts',
        change: 'call no tick late',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'living', servers: [A], sessionTimeoutMs: SESSION_TIMEOUT_MS });
      const events: string[] = [];
      client.onSessionEvent(({ type }) => void events.push(type));
      await story.call('a client at A has a session', client.connected());
      story.pause(C);
      await story.passes(STALL_MS);
      story.expectEqual(client.state, 'connected', 'the client, which A answers');
      story.resume(C);
      await story.passes(2 * SESSION_TIMEOUT_MS);
      story.expectEqual(events.join(), 'connected', 'what the client was told');
      story.expect(story.isServing(C), 'C leads as before');
      await story.call('its client leaves', client.close());
    },
  ),

  scenario(
    'uncommitted tail',
    'a server that comes back with more than is committed serves nobody until it is committed',
    {
      voters: 3,
      about: `A tree that is read back at a start holds all of the log, also what its leader has proposed and nobody has committed. The server
        may be in sync and know no better; whoever reads from it then sees what may still be lost.`,
      undoneBy: {
        file: 'packages/learner/src/broadcast.ts',
        change: 'serve after UPTODATE, whatever the tree holds',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t1', { at: C });
      await story.inStep();
      const flushes = [story.holdFlushes(B, 'log'), story.holdFlushes(C, 'log')];
      const t2 = await story.propose('t2', { at: C });
      await story.isFlushed(t2, A);
      story.kill(A);
      story.start(A);
      await story.readsDisk(A);
      await story.until(
        'A has acknowledged NEWLEADER, and C has told it to serve',
        () => story.facts.packetsTo(A, ['UPTODATE']).length > 1,
      );
      await story.passes(100);
      story.expect(story.hasApplied(A, t2), 'the tree of A holds t2');
      story.expectPending(t2);
      story.expect(!story.isServing(A), 'A serves nobody');
      for (const flush of flushes) flush.release();
      await story.isAcknowledged(t2);
      await story.serves(A);
      await story.sees(t2, A, B, C);
    },
  ),

  scenario(
    'ended session',
    'a session that has ended is not begun again by its client',
    {
      voters: 3,
      settings: { localSessions: false },
      about: `A client was away for longer than its timeout, and its session has ended with all that it owned. When it comes back it is told so,
        and may not go on as if it had never been away.`,
      undoneBy: {
        file: 'packages/peer/src/session-service.ts',
        change: 'track a session that comes back and is not known',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'away', servers: [A], sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await story.call('a client at A has a session', client.connected());
      story.kill(A);
      await story.passes(4 * SESSION_TIMEOUT_MS);
      story.start(A);
      await story.serves(A);
      await story.until('the client hears that its session is over', () => client.state === 'expired', 3000);
    },
  ),

  scenario(
    'watched ephemeral',
    'whoever watches an ephemeral znode is told when it goes with its session',
    {
      voters: 3,
      settings: { localSessions: false },
      about: `A lock is an ephemeral znode that others watch. Its holder's session expires: the znode goes in the txn that ends the session, and
        those who wait for it must hear of that as of any other deletion.`,
      undoneBy: {
        file: 'packages/datatree/src/txn-applier.ts',
        change: 'tell no watches in closeSession',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const holder = story.client({ name: 'holder', servers: [A], sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await story.call('the holder makes /lock at A', holder.create('/lock', 'mine', { mode: CreateMode.EPHEMERAL }));
      await story.inStep();
      const waiting = story.client({ name: 'waiting', servers: [B] });
      const heard: string[] = [];
      await story.call(
        'another watches it at B',
        waiting.exists('/lock', { watch: ({ type }) => void heard.push(type) }),
      );
      story.say('the holder is gone without a word');
      holder.detach();
      await story.until('its session is over', () => story.world.view(C)?.ephemeralsCount === 0);
      await story.inStep();
      await story.passes(20);
      story.expectEqual(heard.join(), 'deleted', 'what the other was told');
      await story.call('it leaves', waiting.close());
    },
  ),

  scenario(
    'session moved',
    'what a session has asked for at the server that it left is not done behind what it asks for at the next',
    {
      voters: 3,
      settings: { localSessions: false },
      about: `A write is on its way to the leader when its client loses the server and goes on at another. It may be done before that or never: done
        afterwards it would break the order of the session. The leader knows by then whose session it is (SESSIONMOVED).`,
      undoneBy: {
        file: 'packages/sessions/src/session-tracker.ts',
        change: 'let every server write for a session',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'moving', servers: [A, B] });
      const homes: ServerId[] = [];
      client.onSessionEvent((event) => {
        if (event.type === 'connected') homes.push(event.server.port as ServerId);
      });
      await story.call('a client has a session', client.connected());
      const [home] = homes as [ServerId];
      const requests = story.hold('REQUEST', { from: home, to: C });
      const old = client.create('/old', 'at the first server').catch(String);
      await requests.waits();
      story.world.dropClients(home);
      await story.call('its connection breaks', old);
      await story.until('it goes on elsewhere', () => homes.length > 1 && homes.at(-1) !== home);
      await story.call('it writes there', client.create('/new', 'at the second'));
      requests.release();
      await story.passes(100);
      await story.inStep();
      story.expectEqual(await story.read('old', { at: C }), undefined, 'what became of the write that it left behind');
      await story.call('it leaves', client.close());
    },
  ),

  scenario(
    'server behind',
    'a client that has seen more than a server is not served there before the server has caught up',
    {
      voters: 3,
      settings: { localSessions: false, appliedAtOnceCount: 0 },
      about: `A client has its write acknowledged, loses its server, and goes on at one that has not applied that write yet. It would read from the
        past; it tells what it has seen last, and is turned away until the server has got there.`,
      undoneBy: {
        file: 'packages/requests/src/handshake.ts',
        change: 'serve a client whatever it has seen',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      const client = story.client({ name: 'moving', servers: [A, B] });
      const homes: ServerId[] = [];
      client.onSessionEvent((event) => {
        if (event.type === 'connected') homes.push(event.server.port as ServerId);
      });
      await story.call('a client has a session', client.connected());
      const [home] = homes as [ServerId];
      const next = home === A ? B : A;
      story.say(`${letterOf(next)} applies late what is committed`);
      story.world.setTimerDelay(next, [LATE_MS, LATE_MS]);
      await story.call('the client writes', client.create('/t1', 't1'));
      story.kill(home);
      await story.until('it goes on at the other server', () => homes.length > 1);
      const { data } = await story.call('it reads what it wrote', client.getData('/t1'));
      story.expectEqual(new TextDecoder().decode(data ?? undefined), 't1', 'what it found');
      story.world.setTimerDelay(next, undefined);
      await story.call('it leaves', client.close());
    },
  ),
];
