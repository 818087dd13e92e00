import { decodeTxn, JuteReader, JuteWriter, type MultiOperation } from '@zebu/jute';
import { CreateMode, ErrorCode, OPEN_ACL_UNSAFE, type TxnBytes } from '@zebu/protocol';
import type { PrepOptions } from '@zebu/requests';
import { describe, expect, it } from 'vitest';
import { PrepSetup } from './support/prep-setup.ts';
import * as wire from './support/wire.ts';

interface Limits {
  readonly count?: number;
  readonly bytes?: number;
  readonly countHardLimit?: number;
  readonly byteHardLimit?: number;
}

/** As zkCli's setquota does it. */
function setQuota(setup: PrepSetup, path: string, { count = -1, bytes = -1, ...hard }: Limits): void {
  const hardText = Object.entries(hard).map(([name, value]) => `;${name}=${value}`);
  const limits = `count=${count},bytes=${bytes}${hardText.length === 0 ? '' : `=${hardText.join('')}`}`;
  let parent = '/zookeeper/quota';
  for (const name of path.slice(1).split('/')) {
    parent += `/${name}`;
    if (setup.tree.lookup(parent) === undefined) setup.do(wire.create(parent));
  }
  setup.do(
    wire.create(`${parent}/zookeeper_limits`, { data: wire.text(limits) }),
    wire.create(`${parent}/zookeeper_stats`, { data: wire.text('count=0,bytes=0') }),
  );
}

function limited(limits: Limits, options: Partial<PrepOptions> = { enforceQuota: true }): PrepSetup {
  const setup = new PrepSetup({ extendedTypesEnabled: true, ...options });
  setup.do(wire.create('/q', { data: null }));
  setQuota(setup, '/q', limits);
  return setup;
}

function stats(setup: PrepSetup, path: string): string {
  const out = new JuteWriter();
  expect(setup.tree.getData(`/zookeeper/quota${path}/zookeeper_stats`, out)).toBe(ErrorCode.OK);
  return new TextDecoder().decode(new JuteReader(out.take()).readBuffer() ?? undefined);
}

const small = { data: wire.text('12345') };
const nothing = { data: null };

describe('a hard limit that is enforced', () => {
  it('of znodes refuses every kind of creation, and nothing else', () => {
    const setup = limited({ countHardLimit: 2 });
    setup.do(wire.create('/q/a', small));
    expect(stats(setup, '/q')).toBe('count=2,bytes=5');
    for (const request of [
      wire.create('/q/b', nothing),
      wire.create2('/q/b', nothing),
      wire.createContainer('/q/b', nothing),
      wire.createTtl('/q/b', 5n, nothing),
      wire.create('/q/a/b-', { flags: CreateMode.EPHEMERAL_SEQUENTIAL }),
    ]) {
      expect(setup.error(request)).toBe(ErrorCode.QUOTAEXCEEDED);
    }
    setup.do(wire.setData('/q/a', 'much more than before'), wire.create('/elsewhere'), wire.remove('/q/a'));
    expect(stats(setup, '/q')).toBe('count=1,bytes=0');
    setup.do(wire.create('/q/b', nothing));
  });

  it('of bytes refuses what adds too many, and lets everyone shrink', () => {
    const setup = limited({ byteHardLimit: 10 });
    setup.do(wire.create('/q/a', small));
    expect(setup.error(wire.setData('/q/a', '12345678901'))).toBe(ErrorCode.QUOTAEXCEEDED);
    setup.do(wire.setData('/q/a', '1234567890'));
    expect(setup.error(wire.create('/q/b', small))).toBe(ErrorCode.QUOTAEXCEEDED);
    setup.do(wire.create('/q/b', nothing), wire.setData('/q/a', '123456789'));
    setup.do(wire.setData('/q/b', 'x'));
    expect(stats(setup, '/q')).toBe('count=3,bytes=10');
  });

  it('is looked at behind ACL and path, and before the version', () => {
    const setup = limited({ byteHardLimit: 0, countHardLimit: 1 });
    expect(setup.error(wire.setData('/q', 'x', 7))).toBe(ErrorCode.QUOTAEXCEEDED);
    expect(setup.error(wire.create('/q'))).toBe(ErrorCode.NODEEXISTS);
    expect(setup.error(wire.create('/q/none/a'))).toBe(ErrorCode.NONODE);
    setup.do(wire.setAcl('/q', [{ permissions: 0, scheme: 'world', id: 'anyone' }]));
    expect(setup.error(wire.create('/q/a'))).toBe(ErrorCode.NOAUTH);
    expect(setup.error(wire.setData('/q', 'x'))).toBe(ErrorCode.NOAUTH);
  });

  it('of the innermost quota alone counts', () => {
    const setup = limited({ countHardLimit: 2 });
    setup.do(wire.create('/q/in', nothing));
    setQuota(setup, '/q/in', { countHardLimit: 9 });
    setup.do(wire.create('/q/in/a', nothing), wire.create('/q/in/b', nothing), wire.create('/quite-other', nothing));
    expect(setup.error(wire.create('/q/b', nothing))).toBe(ErrorCode.QUOTAEXCEEDED);
    expect([stats(setup, '/q'), stats(setup, '/q/in')]).toEqual(['count=2,bytes=0', 'count=3,bytes=0']);
  });

  it('goes by what is applied: the parts of one multi do not see each other, as in ZooKeeper', () => {
    const setup = limited({ countHardLimit: 2 });
    const part = (path: string): MultiOperation => ({
      type: 'create',
      path,
      data: null,
      acl: OPEN_ACL_UNSAFE,
      flags: 0,
    });
    setup.do(wire.multi([part('/q/a'), part('/q/b')]));
    expect(stats(setup, '/q')).toBe('count=3,bytes=0');
    const [refused] = setup.prepare([wire.multi([part('/ok'), part('/q/c'), part('/ok2')])]);
    expect(decodeTxn(refused as TxnBytes).txn).toMatchObject({
      parts: [
        { txn: { type: 'create' } },
        { txn: { type: 'error', error: ErrorCode.QUOTAEXCEEDED } },
        { txn: { type: 'error', error: ErrorCode.RUNTIMEINCONSISTENCY } },
      ],
    });
    const resize = (data: string): MultiOperation => ({
      type: 'setData',
      path: '/q',
      data: wire.text(data),
      version: -1,
    });
    const bytes = limited({ byteHardLimit: 3 });
    // What one part wrote is what the next one replaces.
    bytes.do(wire.multi([resize('123'), resize('456')]));
    expect(bytes.txn(wire.multi([resize(''), resize('7890')]))).toMatchObject({
      parts: [{}, { txn: { type: 'error', error: ErrorCode.QUOTAEXCEEDED } }],
    });
  });

  it('of a quota that lacks one of its znodes refuses nobody', () => {
    const setup = limited({ countHardLimit: 1 });
    setup.do(wire.remove('/zookeeper/quota/q/zookeeper_stats'));
    expect(setup.error(wire.create('/q/a'))).toBe(ErrorCode.OK);
  });

  it('may be changed while it is in force', () => {
    const setup = limited({ countHardLimit: 1 });
    expect(setup.error(wire.create('/q/a'))).toBe(ErrorCode.QUOTAEXCEEDED);
    setup.do(wire.setData('/zookeeper/quota/q/zookeeper_limits', 'countHardLimit=2'));
    setup.do(wire.create('/q/a'));
  });
});

describe('what is logged', () => {
  it('a soft limit that is exceeded, once a minute and quota', () => {
    const setup = limited({ count: 1, bytes: 3 });
    setup.do(wire.create('/q/a', small));
    expect(setup.warnings).toEqual([
      { message: 'the quota of count is exceeded', path: '/q', wouldBe: 2, limit: 1, isHard: false },
    ]);
    setup.do(wire.create('/q/b', small));
    expect(setup.warnings.length).toBe(1);
    setup.wallClock += 60_000;
    setup.do(wire.setData('/q/b', '123456'));
    expect(setup.warnings[1]).toEqual({
      message: 'the quota of bytes is exceeded',
      path: '/q',
      wouldBe: 11,
      limit: 3,
      isHard: false,
    });
  });

  it('a hard limit that hides the soft one, also where it refuses nobody', () => {
    const setup = limited({ count: 1, countHardLimit: 2 }, { enforceQuota: false });
    setup.do(wire.create('/q/a', nothing));
    expect(setup.warnings).toEqual([]);
    setup.do(wire.create('/q/b', nothing));
    expect(setup.warnings).toMatchObject([{ wouldBe: 3, limit: 2, isHard: true }]);
  });
});
