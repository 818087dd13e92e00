// Servers join and leave an ensemble that goes on serving: nothing acknowledged is lost, and sessions stay.

import type { Client, EnsembleConfiguration } from '@zebu/client';
import { afterEach, describe, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { changed } from '../harness/changed.ts';
import { ChangingEnsemble } from '../harness/changing-ensemble.ts';
import { SittingSession } from '../harness/sitting-session.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';

const closers: (() => Promise<unknown>)[] = [];
let ensemble: ChangingEnsemble;
afterEach(async ({ task }) => {
  for (const close of closers.splice(0).reverse()) await close();
  await ensemble.dispose(task.result?.state === 'fail');
});

async function operatorOf(...ids: readonly number[]): Promise<Client> {
  const client = await ensemble.operator(...ids);
  closers.push(() => client.close());
  return client;
}

function loadOn(...ids: readonly number[]): WriteLoad {
  const load = new WriteLoad(ensemble.addresses(...ids), '/load', 4);
  closers.push(() => load.stop());
  return load;
}

async function sittingAt(...ids: readonly number[]): Promise<SittingSession> {
  const session = await SittingSession.open(ensemble.addresses(...ids), `/sitting-${ids.join('-')}`);
  closers.push(() => session.close());
  return session;
}

const ids = ({ servers }: EnsembleConfiguration): number[] => [...servers.keys()];

describe('an ensemble of three', () => {
  it('grows to five and shrinks to three under load', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 5, lines: ['snapCount=500'] });
    await ensemble.start(1, 2, 3);
    const load = loadOn(1, 2, 3);
    const session = await sittingAt(1, 2, 3);
    const operator = await operatorOf(1, 2, 3);
    const events: string[] = [];
    const before = await operator.getConfig({ watch: (event) => events.push(event.type) });
    await load.acknowledgedMore(200);

    for (const id of [4, 5]) ensemble.add(id, [1, 2, 3]).start();
    await Promise.all([4, 5].map((id) => ensemble.server(id).serving()));
    const grown = await operator.reconfig(
      { joining: [ensemble.line(4), ensemble.line(5)] },
      { fromVersion: before.version },
    );
    expect(ids(grown)).toEqual([1, 2, 3, 4, 5]);
    expect(grown.version).toBeGreaterThan(before.version);
    expect(events).toEqual(['dataChanged']);
    await ensemble.agreeOn([1, 2, 3, 4, 5]);
    await load.acknowledgedMore(200);
    // Five go on without two of them.
    const victims = [1, 2, 3, 4, 5].filter((id) => id !== 1 && id !== 2).slice(0, 2);
    await ensemble.stop(...victims);
    await load.acknowledgedMore(200);
    for (const id of victims) ensemble.server(id).start();
    await Promise.all(victims.map((id) => ensemble.server(id).serving()));

    await changed(operator, { leaving: [4, 5] }, (configuration) => ids(configuration).length === 3);
    await ensemble.agreeOn([1, 2, 3]);
    await ensemble.stop(4, 5);
    await load.acknowledgedMore(200);
    await session.expectAlive();
    await load.stop();
    await expectNothingLost(
      [1, 2, 3].map((id) => ensemble.server(id)),
      load,
    );
  });

  it('replaces all its servers, one by one, and the last servers do not know the first', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 6 });
    await ensemble.start(1, 2, 3);
    const load = loadOn(1, 2, 3, 4, 5, 6);
    const session = await sittingAt(1, 2, 3, 4, 5, 6);
    await load.acknowledgedMore(100);
    let members = [1, 2, 3];
    for (const [joins, leaves] of [
      [4, 1],
      [5, 2],
      [6, 3],
    ] as const) {
      ensemble.add(joins, members).start();
      await ensemble.server(joins).serving();
      const operator = await operatorOf(...members.filter((id) => id !== leaves));
      const next = [...members.filter((id) => id !== leaves), joins];
      await changed(
        operator,
        { joining: [ensemble.line(joins)], leaving: [leaves] },
        (configuration) => ids(configuration).join() === next.join(),
      );
      members = next;
      await ensemble.agreeOn(members);
      await ensemble.stop(leaves);
      await load.acknowledgedMore(100);
    }
    await session.expectAlive();
    await load.stop();
    await expectNothingLost(
      [4, 5, 6].map((id) => ensemble.server(id)),
      load,
    );
  });

  it('takes a server that knows only an old list', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 5 });
    await ensemble.start(1, 2, 3);
    const operator = await operatorOf(1, 2, 3);
    ensemble.add(4, [1, 2, 3]).start();
    await ensemble.server(4).serving();
    await changed(
      operator,
      { joining: [ensemble.line(4)], leaving: [3] },
      (configuration) => ids(configuration).join() === '1,2,4',
    );
    await ensemble.agreeOn([1, 2, 4]);
    await ensemble.stop(3);
    // A leader of whom the joiner has not heard.
    for (let round = 0; (await ensemble.leaderOf(1, 2, 4)).id !== 4; round++) {
      expect(round).toBeLessThan(10);
      const leader = await ensemble.leaderOf(1, 2, 4);
      await leader.stop('SIGKILL');
      await ensemble.leaderOf(...[1, 2, 4].filter((id) => id !== leader.id));
      leader.start();
      await leader.serving();
    }
    ensemble.add(5, [1, 2, 3]).start();
    await ensemble.server(5).serving();
    await changed(operator, { joining: [ensemble.line(5)] }, (configuration) => configuration.servers.has(5));
    await ensemble.agreeOn([1, 2, 4, 5]);
  });

  it('goes on when its leader is removed', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 4 });
    await ensemble.start(1, 2, 3, 4);
    const leader = await ensemble.leaderOf(1, 2, 3, 4);
    const others = [1, 2, 3, 4].filter((id) => id !== leader.id);
    const load = loadOn(...others);
    const session = await sittingAt(...others);
    const operator = await operatorOf(...others);
    await load.acknowledgedMore(100);
    await changed(operator, { leaving: [leader.id] }, (configuration) => !configuration.servers.has(leader.id));
    await ensemble.agreeOn(others);
    expect(others).toContain((await ensemble.leaderOf(...others)).id);
    await leader.stop('SIGKILL');
    await load.acknowledgedMore(200);
    await session.expectAlive();
    await load.stop();
    await expectNothingLost(
      others.map((id) => ensemble.server(id)),
      load,
    );
  });

  it('keeps a server that it removed as one without a vote, which does not start again', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 4 });
    await ensemble.start(1, 2, 3, 4);
    const leader = await ensemble.leaderOf(1, 2, 3, 4);
    const removed = [1, 2, 3, 4].find((id) => id !== leader.id) as number;
    const others = [1, 2, 3, 4].filter((id) => id !== removed);
    const session = await sittingAt(removed);
    const operator = await operatorOf(...others);
    await changed(operator, { leaving: [removed] }, ({ servers }) => !servers.has(removed));
    await ensemble.agreeOn(others, [1, 2, 3, 4]);
    await ensemble.server(removed).serving();
    await session.expectAlive();
    await session.client.create('/through-the-removed-one');
    await ensemble.stop(removed);
    ensemble.server(removed).start();
    expect(await ensemble.server(removed).exited()).toBe(2);
    expect(ensemble.server(removed).log()).toContain(`server ${removed} is not among the configured servers`);
  });

  it('takes an observer, makes a voter of it, and an observer again', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 4 });
    await ensemble.start(1, 2, 3);
    const operator = await operatorOf(1, 2, 3);
    ensemble.add(4, [1, 2, 3], 'observer').start();
    const modes = ['observer', 'participant', 'observer'];
    for (const role of modes) {
      await until(`server 4 to serve`, () => ensemble.server(4).mode());
      await changed(
        operator,
        { joining: [ensemble.line(4, { role })] },
        (configuration) => configuration.servers.get(4)?.includes(`:${role};`) === true,
      );
      await ensemble.agreeOn([1, 2, 3, 4]);
      await until(`server 4 to be an ${role}`, async () => {
        const mode = await ensemble.server(4).mode();
        return role === 'observer' ? mode === 'observer' : mode === 'follower' || mode === 'leader';
      });
    }
  });
});

describe('an ensemble of one', () => {
  it('grows to three, and to two again', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 3, lines: ['standaloneEnabled=false'] });
    await ensemble.start(1);
    expect(await ensemble.server(1).mode()).toBe('leader');
    const load = loadOn(1);
    const session = await sittingAt(1);
    const operator = await operatorOf(1);
    await load.acknowledgedMore(100);
    for (const id of [2, 3]) {
      ensemble.add(id, [1]).start();
      await ensemble.server(id).serving();
      await changed(operator, { joining: [ensemble.line(id)] }, (configuration) => configuration.servers.has(id));
      await load.acknowledgedMore(100);
    }
    await ensemble.agreeOn([1, 2, 3]);
    await changed(operator, { leaving: [3] }, (configuration) => !configuration.servers.has(3));
    await ensemble.agreeOn([1, 2]);
    await ensemble.stop(3);
    await session.expectAlive();
    await load.stop();
    await expectNothingLost(
      [1, 2].map((id) => ensemble.server(id)),
      load,
    );
  });
});

describe('a restart of all', () => {
  it('finds the ensemble that was there, from the new files', async () => {
    ensemble = await ChangingEnsemble.create({ servers: 4 });
    await ensemble.start(1, 2, 3);
    const load = loadOn(2, 3);
    await load.acknowledgedMore(100);
    ensemble.add(4, [1, 2, 3]).start();
    await ensemble.server(4).serving();
    const operator = await operatorOf(2, 3);
    await changed(
      operator,
      { joining: [ensemble.line(4)], leaving: [1] },
      (configuration) => ids(configuration).join() === '2,3,4',
    );
    await ensemble.agreeOn([2, 3, 4]);
    const { text, version } = await operator.getConfig();
    const name = `zoo.cfg.dynamic.${version.toString(16)}`;
    for (const id of [2, 3, 4]) expect(ensemble.filesOf(id)).toEqual(expect.arrayContaining(['zoo.cfg.bak', name]));
    await load.stop();
    await ensemble.stop();
    for (const id of [2, 3, 4]) ensemble.server(id).start();
    await Promise.all([2, 3, 4].map((id) => ensemble.server(id).serving()));
    await ensemble.agreeOn([2, 3, 4]);
    expect((await operator.getConfig()).text).toBe(text);
    await expectNothingLost(
      [2, 3, 4].map((id) => ensemble.server(id)),
      load,
    );
  });
});
