// Bugs of elections and of what they are told: leaders without followers, voters that change their minds, peers that are dead or talk nonsense.

import { type Epoch, makeZxid, type Notification, type ServerId, type Zxid } from '@zebu/protocol';
import { A, B, C, D, E } from './letters.ts';
import { type Scenario, scenario } from './scenario.ts';
import { type Story, zxidOf } from './story.ts';

/** Of the world's servers, untold: initLimit times tickTime. */
const INIT_LIMIT_MS = 10 * 200;
const SYNC_LIMIT_MS = 4 * 200;

export const elections: readonly Scenario[] = [
  scenario(
    'ZOOKEEPER-3109',
    'a leader whose voter has changed its mind does not wait for it',
    {
      voters: 3,
      about: `One voter changed its mind after the leader that it had elected began to lead. The leader waited for it until initLimit, 40
        seconds in ZooKeeper's test, and the ensemble was away for that time.`,
      undoneBy: {
        file: 'packages/leader/src/supervision.ts',
        change: 'ignore supportLost',
      },
    },
    async (story) => {
      await story.together(C, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.cut(B, C);
      await story.is(B, 'LOOKING');
      await story.is(C, 'LOOKING');
      story.say('A can reach both; to B it is 3 ms, to C 8');
      story.world.setLinkDelay(A, B, [3, 3]);
      story.world.setLinkDelay(A, C, [8, 8]);
      story.start(A);
      await story.until('B leads, with the vote of A', () => story.world.view(B)?.state === 'LEADING');
      story.expect(story.world.view(A)?.state === 'LOOKING', 'A waits for a better vote than that for B');
      const since = story.world.time.now;
      await story.until('A hears of C, and votes for it', () =>
        story.facts.events.some(
          ({ at, ...event }) =>
            at >= since &&
            event.type === 'notificationSent' &&
            event.from === A &&
            event.to === B &&
            event.vote.leader === C,
        ),
      );
      await story.is(B, 'LOOKING');
      await story.until('one of them leads A', () => story.world.leader() !== undefined && story.isServing(A));
      const took = story.world.time.now - since;
      story.expect(took < INIT_LIMIT_MS / 4, `nobody waited for initLimit (it took ${took.toFixed(0)} ms)`);
    },
  ),

  scenario(
    'ZOOKEEPER-1270',
    'a leader whose follower leaves amid synchronization still forms an ensemble with those that stay',
    {
      voters: 3,
      about: `A quorum was formed and nobody was served: a follower that left early made the leader miscount who had acknowledged NEWLEADER,
        and the rest hung (testEarlyLeaderAbandonment).`,
    },
    async (story) => {
      await story.together(C, A, B);
      const t0 = await story.write('t0', { at: C });
      await story.inStep();
      story.kill(A, B, C);
      const acksOfA = story.hold('ACK', { from: A, to: C });
      const acksOfB = story.hold('ACK', { from: B, to: C });
      story.start(A, B, C);
      await acksOfA.waits();
      await acksOfB.waits();
      story.expect(!story.isServing(C), 'C is not established: nobody acknowledged NEWLEADER');
      story.kill(A);
      acksOfA.release();
      acksOfB.release();
      await story.leads(C);
      await story.serves(B, C);
      await story.write('t1', { at: B });
      await story.sees(t0, B, C);
    },
  ),

  scenario(
    'electionFraud',
    'a server that was elected by nobody who follows steps down',
    {
      voters: 3,
      about: `A server was made to believe that it leads (QuorumPeerMainTest.testElectionFraud). It must find that it has no followers, step
        down within initLimit, serve nobody, and join the real leader.`,
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.kill(A, B, C);
      story.start(A);
      const { lastLoggedZxid, currentEpoch } = await story.readsDisk(A);
      story.say('somebody in the name of C votes for A, and never follows it');
      const impostor = story.world.impersonate(C);
      const lie: Notification = {
        state: 'LOOKING',
        vote: { leader: A, zxid: lastLoggedZxid, peerEpoch: currentEpoch },
        electionEpoch: 1n,
        configVersion: 0n,
      };
      const stop = story.never('A serves', (event) => event.type === 'role' && event.server === A && event.serving);
      await repeatedly(
        story,
        () => impostor.notify(A, lie),
        () => story.world.view(A)?.state === 'LEADING',
      );
      const since = story.world.time.now;
      story.say('A believes that it leads');
      await story.is(A, 'LOOKING');
      story.expect(story.world.time.now - since <= 1.5 * INIT_LIMIT_MS, 'A stepped down within initLimit');
      stop();
      impostor.end();
      story.start(B, C);
      await story.leads(C);
      await story.serves(A, B, C);
    },
  ),

  scenario(
    'ZOOKEEPER-2164',
    'a dead peer that does not even refuse delays nobody',
    {
      voters: 3,
      about: `A machine was gone without closing its connections. A restarted server that had to rejoin first waited for the timeout of its
        connection to the dead one, and the election with the living ones stood still meanwhile.`,
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.say('the machine of C is gone; nobody is told');
      for (const other of [A, B]) {
        story.world.stall(C, other);
        story.world.stall(other, C);
      }
      story.kill(B);
      story.start(B);
      const since = story.world.time.now;
      await story.leads(B);
      await story.serves(A, B);
      const took = story.world.time.now - since;
      story.expect(took < 2.5 * SYNC_LIMIT_MS, `B leads soon after A has missed C (it took ${took.toFixed(0)} ms)`);
      await story.write('t1', { at: A });
    },
  ),

  scenario(
    'ZOOKEEPER-3769',
    'what a peer says that makes no sense disturbs no election',
    {
      voters: 3,
      about: `A short or malformed notification ended the thread that receives them, and the server took part in no election any more. Whether
        bytes are a notification is for cnx-manager's tests; here a peer says well-formed nonsense while the others elect.`,
    },
    async (story) => {
      await story.together(B, A);
      await story.write('t0', { at: B });
      await story.inStep();
      story.kill(A, B);
      story.start(A, B);
      const impostor = story.world.impersonate(C);
      const nonsense: Notification['vote'][] = [
        { leader: 77 as ServerId, zxid: makeZxid(9 as Epoch, 9), peerEpoch: 9 as Epoch },
        { leader: C, zxid: -1n as Zxid, peerEpoch: -1 as Epoch },
        { leader: 0 as ServerId, zxid: (2n ** 63n - 1n) as Zxid, peerEpoch: 0xffff_ffff as Epoch },
      ];
      const say = (): void => {
        for (const to of [A, B]) {
          for (const vote of nonsense) {
            for (const state of ['LOOKING', 'LEADING', 'FOLLOWING', 'OBSERVING'] as const) {
              for (const electionEpoch of [0n, 1n, -1n, 2n ** 63n - 1n])
                impostor.notify(to, { state, vote, electionEpoch, configVersion: 0n });
            }
          }
        }
      };
      await repeatedly(story, say, () => story.world.leader() === B && story.isServing(A));
      impostor.end();
      await story.write('t1', { at: A });
      story.start(C);
      await story.serves(C);
    },
  ),

  scenario(
    'strimzi#8675',
    'an ensemble whose addresses nobody can resolve elects once',
    {
      voters: 3,
      about: `The text of a configuration with an address that did not resolve differed from the same configuration sent back, so that the
        leader thought that it had changed, and elections went on for ever (and texts differed by charset, 4787). Zebu compares versions, not
        texts; the simulated hosts resolve to nothing.`,
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      const since = story.facts.count;
      await story.passes(60_000);
      const changes = story.facts.events.slice(since).filter((event) => event.type === 'role');
      story.expectEqual(changes.length, 0, 'how many roles changed in a minute');
    },
  ),

  scenario(
    'Paper section 4.2',
    'elections come to an end where servers reach each other in part',
    {
      voters: 5,
      about: `Model checking found anew what ZOOKEEPER-2776, 3336, 3707, 4040, 4416 and 4781 had reported of elections: rounds that end on votes
        that are no longer so, or do not end. Their schedules are not to be had; this one lets rounds run while links come and go, some one
        way, and demands one leader when they stay.`,
    },
    async (story) => {
      await story.together(E, A, B, C, D);
      await story.write('t0', { at: E });
      await story.inStep();
      const servers = [A, B, C, D, E];
      for (let round = 0; round < 10; round++) {
        const [first, second, third] = [0, 1, 2].map((n) => servers[(round + n) % 5] as ServerId) as [
          ServerId,
          ServerId,
          ServerId,
        ];
        story.cut(first, second);
        story.world.stall(second, third);
        story.world.stall(third, first);
        await story.passes(700);
        story.mendAll();
        for (const from of servers) for (const to of servers) if (from !== to) story.world.heal(from, to);
        await story.passes(10);
      }
      await story.until('one leads, and all serve', () => servers.every((server) => story.isServing(server)), 10_000);
      const leaders = new Set(servers.map((server) => story.world.view(server)?.leader));
      story.expectEqual(leaders.size, 1, 'how many are followed');
    },
  ),

  scenario(
    'follower ahead',
    'a leader that a follower is ahead of does not lead it',
    {
      voters: 3,
      about: `Elections are advice: a server that was elected by mistake finds in discovery that a follower's history is above its own, and
        must step down instead of cutting it (Zab, phase 1). The mistake is an impostor's vote.`,
      undoneBy: {
        file: 'packages/leader/src/epoch-tally.ts',
        change: 'count a voter whatever its history is',
      },
    },
    async (story) => {
      await story.together(C, A, B);
      await story.write('t0', { at: C });
      await story.inStep();
      story.kill(A);
      const t1 = await story.write('t1', { at: C });
      await story.isFlushed(t1, B, C);
      story.kill(B, C);
      story.start(A);
      const { lastLoggedZxid } = await story.readsDisk(A);
      story.expect(lastLoggedZxid < zxidOf(t1), 'A does not have t1');
      story.start(B);
      story.cut(A, B);
      await story.readsDisk(B);
      const impostor = story.world.impersonate(C);
      const lie = (electionEpoch: bigint, state: Notification['state']): Notification => ({
        state,
        vote: { leader: A, zxid: makeZxid(8 as Epoch, 0), peerEpoch: 8 as Epoch },
        electionEpoch,
        configVersion: 0n,
      });
      story.say('somebody in the name of C makes both believe that A is to lead');
      const since = story.facts.count;
      await repeatedly(
        story,
        () => {
          for (const to of [A, B]) impostor.notify(to, lie(50n, 'LOOKING'));
        },
        () => story.world.view(A)?.state === 'LEADING',
      );
      await repeatedly(
        story,
        () => impostor.notify(B, lie(50n, 'LOOKING')),
        () => story.world.view(B)?.state === 'FOLLOWING',
      );
      story.mend(A, B);
      await story.until('B tells A what it has', () => story.facts.packetsFrom(B, ['ACKEPOCH'], since).length > 0);
      impostor.end();
      await story.leads(B);
      await story.serves(A, B);
      await story.sees(t1, A, B);
    },
  ),
];

/** Until something is so; a voice may come too early. */
async function repeatedly(story: Story, act: () => void, until: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !until(); attempt++) {
    act();
    await story.world.run(5);
  }
  story.expect(until(), 'it had its effect');
}
