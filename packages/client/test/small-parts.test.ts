import { parseConnectionString } from '@zebu/client';
import type { Random } from '@zebu/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeChroot } from '../src/chroot.ts';
import { Fifo } from '../src/fifo.ts';
import { ServerList } from '../src/server-list.ts';
import { XidCounter } from '../src/xid-counter.ts';

fc.configureGlobal({ seed: 33 });

describe('parseConnectionString', () => {
  it.each([
    ['a', [{ host: 'a', port: 2181 }], ''],
    ['a:1,b:2', ['a:1', 'b:2'], ''],
    [' a:1 , b:2 ,', ['a:1', 'b:2'], ''],
    ['a:1/', ['a:1'], ''],
    ['a:1,b:2/app/x', ['a:1', 'b:2'], '/app/x'],
    [
      '[::1]:5,[fe80::1%eth0]',
      [
        { host: '::1', port: 5 },
        { host: 'fe80::1%eth0', port: 2181 },
      ],
      '',
    ],
  ])('reads %s', (text, servers, chroot) => {
    const expected = servers.map((server) => {
      if (typeof server !== 'string') return server;
      const [host, port] = server.split(':');
      return { host, port: Number(port) };
    });
    expect(parseConnectionString(text)).toEqual({ servers: expected, chroot });
  });

  it.each([
    ['', 'no server'],
    ['/app', 'no server'],
    [',', 'no server'],
    ['a:', 'bad port'],
    ['a:0', 'bad port'],
    ['a:65536', 'bad port'],
    ['a:1x', 'bad port'],
    [':1', 'no host'],
    ['::1', 'in brackets'],
    ['[::1]:x', 'bad port'],
    ['a:1/app/', 'bad chroot'],
    ['a:1//app', 'bad chroot'],
  ])('refuses %j', (text, problem) => {
    expect(() => parseConnectionString(text)).toThrow(problem);
  });
});

describe('a chroot', () => {
  const chroot = makeChroot('/app');

  it('moves paths there and back', () => {
    for (const path of ['/', '/a', '/a/b', '/apple']) {
      expect(chroot.toClient(chroot.toServer(path))).toBe(path);
      expect(makeChroot('').toServer(path)).toBe(path);
    }
    expect(chroot.toServer('/')).toBe('/app');
    expect(chroot.toServer('/', { sequential: true })).toBe('/app/');
  });

  it('leaves paths of elsewhere alone', () => {
    expect(chroot.toClient('/apple')).toBe('/apple');
    expect(chroot.toClient('/zookeeper')).toBe('/zookeeper');
  });
});

describe('Fifo', () => {
  it('gives what an array gives', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 30 }), (steps) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const step of steps) {
          for (let i = 0; i < step; i++) {
            fifo.push(next);
            model.push(next++);
          }
          const shifted = Array.from({ length: Math.max(0, -step) }, () => fifo.shift());
          expect(shifted).toEqual(Array.from({ length: Math.max(0, -step) }, () => model.shift()));
          expect(fifo.length).toBe(model.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('ServerList', () => {
  const servers = ['a', 'b', 'c'].map((host) => ({ host, port: 1 }));
  const highest: Random = { below: (bound) => bound - 1 };
  const lowest: Random = { below: () => 0 };
  const backoff = { initialMs: 100, maxMs: 1000 };
  const delays = (list: ServerList, count: number): number[] =>
    Array.from({ length: count }, () => {
      list.next();
      return list.delayBeforeNext();
    });

  it('goes round all servers, in an order that the random gives', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const list = new ServerList(servers, backoff, { below: (bound) => (seed * 7) % bound });
      const twice = Array.from({ length: 6 }, () => list.next().host);
      expect(twice.slice(3)).toEqual(twice.slice(0, 3));
      expect(new Set(twice).size).toBe(3);
      orders.add(twice.slice(0, 3).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it('waits after a whole round only, twice as long each time, up to the maximum', () => {
    const list = new ServerList(servers, backoff, highest);
    expect(delays(list, 18)).toEqual([0, 0, 100, 0, 0, 200, 0, 0, 400, 0, 0, 800, 0, 0, 1000, 0, 0, 1000]);
  });

  it('waits half as long at least', () => {
    const list = new ServerList(servers, backoff, lowest);
    expect(delays(list, 6)).toEqual([0, 0, 50, 0, 0, 100]);
  });

  it('starts anew after a session that lasted', () => {
    const list = new ServerList(servers, backoff, highest);
    delays(list, 6);
    list.onLastingSession();
    expect(list.delayBeforeNext()).toBe(0);
    expect(delays(list, 3)).toEqual([0, 0, 100]);
  });

  it('stays finite however long nobody answers', () => {
    const list = new ServerList(servers.slice(0, 1), backoff, highest);
    expect(delays(list, 2000).at(-1)).toBe(1000);
  });
});

describe('XidCounter', () => {
  it('starts at 1 and goes round before it would be negative', () => {
    expect(new XidCounter().next()).toBe(1);
    const counter = new XidCounter(0x7fff_fffe);
    expect([counter.next(), counter.next(), counter.upcoming, counter.next()]).toEqual([
      0x7fff_fffe, 0x7fff_ffff, 1, 1,
    ]);
  });
});
