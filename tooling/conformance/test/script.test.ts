// Scripts: the same seed is the same script, and a smaller script is found when there is one.

import { describe, expect, it } from 'vitest';
import { adapt } from '../src/script/adapt.ts';
import { shrink } from '../src/differential/shrink.ts';
import { generate } from '../src/script/generate.ts';
import { printStep } from '../src/script/print.ts';
import { requestsOf, resolveRequest, type Script, type Step } from '../src/script/step.ts';

const printed = (script: Script): string => script.steps.flatMap((step) => printStep(step)).join('\n');

describe('generate', () => {
  it('makes of a seed always the same script, and of another seed another', () => {
    const options = { operations: 300, servers: 1 };
    expect(printed(generate({ seed: 7, ...options }))).toBe(printed(generate({ seed: 7, ...options })));
    expect(printed(generate({ seed: 7, ...options }))).not.toBe(printed(generate({ seed: 8, ...options })));
  });

  it('asks for every kind of operation', () => {
    const asked = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const script = generate({ seed, operations: 500, servers: 1 });
      for (const request of script.steps.flatMap((step) => requestsOf(step))) asked.add(request.op);
    }
    const operations = `create create2 createContainer createTTL delete deleteContainer exists getData setData getACL setACL getChildren
      getChildren2 sync check multi multiRead reconfig addWatch checkWatches removeWatches setWatches setWatches2 auth sasl
      getEphemerals getAllChildrenNumber whoAmI ping closeSession raw`;
    expect([...asked].toSorted()).toEqual(operations.split(/\s+/).toSorted());
  });

  it('stays within the number of operations that was asked for, more or less', () => {
    const { steps } = generate({ seed: 1, operations: 1000, servers: 3 });
    const count = steps.reduce((sum, step) => sum + Math.max(requestsOf(step).length, 1), 0);
    expect(count).toBeGreaterThanOrEqual(1000);
    expect(count).toBeLessThan(1020);
  });
});

describe('resolveRequest', () => {
  it('puts the root into paths, and the zxid of a step where one is named', () => {
    const run = { root: '/run', zxids: [5n, 6n] };
    expect(resolveRequest({ op: 'create', path: '~/a', data: '~', acl: [], flags: 0 }, run)).toMatchObject({
      path: '/run/a',
      data: '~',
    });
    expect(resolveRequest({ op: 'sync', path: '/zookeeper/quota~/a' }, run)).toMatchObject({
      path: '/zookeeper/quota/run/a',
    });
    const watches = { relativeZxid: 1n, dataWatches: ['~', null], existWatches: [], childWatches: null };
    expect(resolveRequest({ op: 'setWatches', ...watches }, run)).toMatchObject({
      relativeZxid: 6n,
      dataWatches: ['/run', null],
      childWatches: null,
    });
  });
});

describe('shrink', () => {
  const drop = (client: string): Step => ({ do: 'drop', client });

  it('leaves what the difference needs, and nothing else', async () => {
    const steps = Array.from({ length: 40 }, (_, index) => drop(`client${index}`));
    const needed = ['client3', 'client17', 'client30'];
    const smallest = await shrink({ seed: 1, servers: 1, steps }, 35, (script) => {
      const clients = script.steps.map(({ client }) => client);
      return Promise.resolve(needed.every((client) => clients.includes(client)));
    });
    expect(smallest.steps.map(({ client }) => client)).toEqual(needed);
  });

  it('takes ops out of a multi', async () => {
    const check = (version: number) => ({ op: 'check', path: '~', version }) as const;
    const requests = [{ op: 'multi', ops: [check(1), check(2), check(3)] } as const];
    const smallest = await shrink(
      { seed: 1, servers: 1, steps: [{ do: 'call', client: 'a', requests }] },
      0,
      (script) => Promise.resolve(printed(script).includes('version=2')),
    );
    expect(printed(smallest)).toBe('a.multi(check(path="~", version=2))');
  });

  it('gives the whole script where the difference does not come again', async () => {
    const script = { seed: 1, servers: 1, steps: [drop('a'), drop('b')] };
    expect(await shrink(script, 0, () => Promise.resolve(false))).toBe(script);
  });
});

describe('adapt', () => {
  const check = { op: 'check', path: '~', version: -1 } as const;
  const unreadable = { op: 'create', path: '~/a', data: '', acl: [], flags: 99 } as const;
  const steps: readonly Step[] = [
    { do: 'call', client: 'a', requests: [check] },
    { do: 'call', client: 'a', requests: [{ op: 'multi', ops: [check, unreadable] }] },
  ];

  it('asks 3.9 for everything', () => {
    expect(adapt(steps, { release: '3.9', localSessions: false })).toEqual(steps);
  });

  it('does not ask 3.8 for what it never answers', () => {
    expect(adapt(steps, { release: '3.8', localSessions: false })).toEqual(steps.slice(1));
  });

  it('leaves out of multis in local sessions what cannot be read', () => {
    const [, multi] = adapt(steps, { release: '3.9', localSessions: true });
    expect(multi).toEqual({ do: 'call', client: 'a', requests: [{ op: 'multi', ops: [check] }] });
  });

  it('asks a server that only reads for writes and reads apart', () => {
    const [read, write] = [{ op: 'whoAmI' }, { op: 'sync', path: '~' }] as const;
    const mixed: Step = { do: 'call', client: 'a', requests: [read, read, write, write, read] };
    const judge = { release: '3.9', localSessions: false, readOnly: true } as const;
    expect(adapt([mixed, { do: 'drop', client: 'a' }], judge)).toEqual([
      { do: 'call', client: 'a', requests: [read, read] },
      { do: 'call', client: 'a', requests: [write, write] },
      { do: 'call', client: 'a', requests: [read] },
      { do: 'drop', client: 'a' },
    ]);
  });
});
