// Networks that are cut between servers. Their clients reach all of them, so that a server that is cut off has somebody to deceive.

import type { ServerProcess } from '../ensemble/server-process.ts';
import { idsOf } from '../ensemble/ensemble.ts';
import type { NetworkStage, Scenario } from './scenario.ts';
import { drawn, shuffled } from './draw.ts';

/** A cut lasts longer than a server takes to notice, by about this factor. */
const BEYOND_THE_LIMIT = 2;
const FLAP_COUNT = 6;

/** A cut that nobody notices would prove nothing. */
async function noticed(stage: NetworkStage, cut: () => Promise<void>): Promise<void> {
  const { ensemble, patience } = stage;
  const before = ensemble.silencesNoticed();
  await cut();
  await patience.until('somebody to notice that the network is cut', () => ensemble.silencesNoticed() > before);
}

async function leaderIsolated(stage: NetworkStage): Promise<void> {
  const { ensemble, network, patience } = stage;
  for (let round = 0; round < 2; round++) {
    const leader = await ensemble.leader();
    const others = ensemble.others([leader]);
    stage.tell(`server ${leader.id} leads, and is cut off from ${idsOf(others)}`);
    await noticed(stage, () => network.isolate(leader.id));
    await ensemble.leader(others);
    await stage.load.progress('while the old leader is cut off');
    await patience.until('the old leader to lead no more', async () => (await leader.mode()) !== 'leader');
    stage.tell('the cut is mended');
    await network.healAll();
    await ensemble.serving();
    await stage.load.progress('after the cut is mended');
  }
}

async function splits(stage: NetworkStage): Promise<void> {
  const { ensemble, network, random } = stage;
  for (const leaderIsIn of shuffled(random, ['minority', 'majority'] as const)) {
    const leader = await ensemble.leader();
    const [first, second, third, fourth] = shuffled(random, ensemble.others([leader])) as [
      ServerProcess,
      ServerProcess,
      ServerProcess,
      ServerProcess,
    ];
    const [minority, majority] =
      leaderIsIn === 'minority'
        ? [
            [leader, first],
            [second, third, fourth],
          ]
        : [
            [third, fourth],
            [leader, first, second],
          ];
    stage.tell(`${idsOf(minority)} | ${idsOf(majority)}: leader ${leader.id} is in the ${leaderIsIn}`);
    const parts = [minority, majority].map((part) => part.map(({ id }) => id));
    await noticed(stage, () => network.split(...parts));
    await ensemble.leader(majority);
    await stage.load.progress('by a majority alone');
    await stage.pass(BEYOND_THE_LIMIT * ensemble.syncLimitMs);
    await network.healAll();
    await ensemble.serving();
    await stage.load.progress('after the split');
  }
  const order = shuffled(random, network.ids);
  const parts = [order.slice(0, 2), order.slice(2, 4), order.slice(4)];
  stage.tell(`${parts.map((part) => part.join(', ')).join(' | ')}: nobody has a quorum`);
  await noticed(stage, () => network.split(...parts));
  await stage.pass(BEYOND_THE_LIMIT * ensemble.syncLimitMs);
}

interface Loss {
  readonly sentence: string;
  readonly concerns: 'one follower' | 'all followers';
  /** Who does not hear the other any more. */
  readonly deaf: 'leader' | 'follower';
}

const LOSSES: readonly Loss[] = [
  { sentence: 'one follower does not hear the leader', concerns: 'one follower', deaf: 'follower' },
  { sentence: 'no follower hears the leader', concerns: 'all followers', deaf: 'follower' },
  { sentence: 'the leader does not hear one follower', concerns: 'one follower', deaf: 'leader' },
  { sentence: 'the leader hears no follower', concerns: 'all followers', deaf: 'leader' },
];

async function oneWayLoss(stage: NetworkStage): Promise<void> {
  const { ensemble, network, random } = stage;
  for (const { sentence, concerns, deaf } of shuffled(random, LOSSES)) {
    const leader = await ensemble.leader();
    const others = ensemble.others([leader]);
    const followers = concerns === 'one follower' ? [drawn(random, others)] : others;
    stage.tell(`${sentence}: leader ${leader.id}, followers ${idsOf(followers)}`);
    await noticed(stage, async () => {
      for (const { id } of followers) {
        if (deaf === 'follower') await network.cut(leader.id, id);
        else await network.cut(id, leader.id);
      }
    });
    await stage.load.progress('under one-way loss');
    await stage.pass(ensemble.syncLimitMs);
    await network.healAll();
    await ensemble.serving();
    await stage.load.progress('after one-way loss');
  }
}

async function flappingLink(stage: NetworkStage): Promise<void> {
  const { ensemble, network, random, patience } = stage;
  for (const who of shuffled(random, ['leader', 'follower'] as const)) {
    const leader = await ensemble.leader();
    const victim = who === 'leader' ? leader : drawn(random, ensemble.others([leader]));
    stage.tell(`the cable of server ${victim.id}, a ${who}, has a loose contact`);
    for (let flap = 0; flap < FLAP_COUNT; flap++) {
      await network.unplug(victim.id);
      await patience.sleep(random.between(20, 0.8 * ensemble.syncLimitMs));
      await network.plugIn(victim.id);
      await patience.sleep(random.between(20, 0.4 * ensemble.syncLimitMs));
    }
    await ensemble.serving();
    await stage.load.progress('once the link holds');
  }
}

export const cuts: readonly Scenario[] = [
  {
    name: 'leader-isolated',
    sentence:
      'The leader is cut off from all other servers; they elect another and go on, and the old one leads no more.',
    serverCount: 3,
    needs: 'network',
    play: leaderIsolated,
  },
  {
    name: 'splits',
    sentence: 'Two of five servers are cut off, with the leader and without; then no part has a quorum.',
    serverCount: 5,
    needs: 'network',
    play: splits,
  },
  {
    name: 'one-way-loss',
    sentence: 'What the leader sends to one or all is lost, or what they send to it: writes go on.',
    serverCount: 3,
    needs: 'network',
    play: oneWayLoss,
  },
  {
    name: 'flapping-link',
    sentence: 'The link of the leader, and of a follower, comes and goes for a while: writes go on when it holds.',
    serverCount: 3,
    needs: 'network',
    play: flappingLink,
  },
];
