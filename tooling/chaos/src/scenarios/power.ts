// Power losses: what a server had not synced is gone, and it comes back on what fsck left of its disk.

import { idsOf } from '../ensemble/ensemble.ts';
import type { ServerProcess } from '../ensemble/server-process.ts';
import { drawn, shuffled } from './draw.ts';
import type { DiskStage, Scenario } from './scenario.ts';

/** Some of the time a server lives on for a moment with a disk that takes nothing any more. */
const LONGEST_AFTERLIFE_MS = 20;
const OUTAGE_MS = 500;

/** At once, as one switch would do it. */
async function losePower(stage: DiskStage, victims: readonly ServerProcess[]): Promise<void> {
  for (const victim of victims) victim.expectEnd();
  await Promise.all(victims.map(({ id }) => stage.disk(id).losePower()));
  if (stage.random.below(2) === 0) await stage.patience.sleep(stage.random.between(0, LONGEST_AFTERLIFE_MS));
  await Promise.all(victims.map((victim) => victim.end('SIGKILL')));
}

async function comeBack(stage: DiskStage, victims: readonly ServerProcess[]): Promise<void> {
  await stage.pass(OUTAGE_MS);
  for (const victim of shuffled(stage.random, victims)) {
    await stage.disk(victim.id).comeBack();
    victim.start();
  }
  await stage.ensemble.serving();
  await stage.load.progress('with the power back');
}

async function ofOne(stage: DiskStage): Promise<void> {
  const { ensemble, random } = stage;
  for (const who of shuffled(random, ['leader', 'follower', 'leader'] as const)) {
    const leader = await ensemble.leader();
    const victim = who === 'leader' ? leader : drawn(random, ensemble.others([leader]));
    stage.tell(`server ${victim.id}, a ${who}, loses its power`);
    await losePower(stage, [victim]);
    await stage.load.progress('by the other two');
    await comeBack(stage, [victim]);
  }
}

async function ofMajority(stage: DiskStage): Promise<void> {
  const { ensemble, random } = stage;
  for (const spared of shuffled(random, ['leader', 'follower'] as const)) {
    const leader = await ensemble.leader();
    const survivor = spared === 'leader' ? leader : drawn(random, ensemble.others([leader]));
    const victims = ensemble.others([survivor]);
    stage.tell(`servers ${idsOf(victims)} lose their power, ${survivor.id}, a ${spared}, does not`);
    await losePower(stage, victims);
    await comeBack(stage, victims);
  }
}

async function ofAll(stage: DiskStage): Promise<void> {
  for (let round = 0; round < 2; round++) {
    stage.tell('all servers lose their power');
    await losePower(stage, stage.ensemble.servers);
    await comeBack(stage, stage.ensemble.servers);
  }
}

/** While a new leader brings its learners in sync, and files of epochs are written. */
async function afterElection(stage: DiskStage): Promise<void> {
  const { ensemble, random, patience } = stage;
  for (let round = 0; round < 2; round++) {
    const leader = await ensemble.leader();
    const others = ensemble.others([leader]);
    const reignCount = ensemble.epochsLed().length;
    stage.tell(`leader ${leader.id} is killed; servers ${idsOf(others)} lose their power once one of them leads`);
    await leader.end('SIGKILL');
    await patience.until('a new leader to be established', () => ensemble.epochsLed().length > reignCount);
    await patience.sleep(random.between(0, 30));
    await losePower(stage, others);
    leader.start();
    await comeBack(stage, others);
  }
}

/** What a kill leaves to the page cache is gone as well. */
async function afterKill(stage: DiskStage): Promise<void> {
  const { ensemble, random } = stage;
  for (const victims of [[drawn(random, ensemble.servers)], ensemble.servers]) {
    stage.tell(`kill -9 of ${idsOf(victims)}, and then the power fails`);
    await Promise.all(victims.map((victim) => victim.end('SIGKILL')));
    await losePower(stage, victims);
    await comeBack(stage, victims);
  }
}

/** Servers that acknowledge what they did not flush lose it, all of it at once. */
async function ofForgetfulServers(stage: DiskStage): Promise<void> {
  await stage.load.progress('before the power fails');
  await stage.load.stop();
  stage.tell('all servers, told not to flush, lose their power');
  await losePower(stage, stage.ensemble.servers);
  for (const { id } of stage.ensemble.servers) await stage.disk(id).comeBack();
  stage.ensemble.startAll();
  await stage.ensemble.serving();
}

const ofDisks = { serverCount: 3, needs: 'disks' } as const;

export const power: readonly Scenario[] = [
  {
    ...ofDisks,
    name: 'power-loss-of-one',
    sentence: 'One server loses its power, a leader or a follower; the other two go on, and it comes back.',
    play: ofOne,
  },
  {
    ...ofDisks,
    name: 'power-loss-of-a-majority',
    sentence: 'Two of three lose their power at once, with the leader and without.',
    play: ofMajority,
  },
  { ...ofDisks, name: 'power-loss-of-all', sentence: 'All servers lose their power at once.', play: ofAll },
  {
    ...ofDisks,
    name: 'power-loss-after-an-election',
    sentence: 'The leader is killed, and the power fails when another has just come to lead.',
    play: afterElection,
  },
  {
    ...ofDisks,
    name: 'power-loss-after-a-kill',
    sentence: 'One server, then all, are killed, and the power fails before anything else is written.',
    play: afterKill,
  },
  {
    ...ofDisks,
    name: 'power-loss-of-forgetful-servers',
    sentence:
      'Servers that were told not to flush (forceSync=no) lose their power, and the run must notice what is lost.',
    settings: { lines: ['forceSync=no'] },
    mustBreak: 'acknowledged-writes-survive',
    play: ofForgetfulServers,
  },
];
