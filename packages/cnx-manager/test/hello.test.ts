import { QUORUM_PROTOCOL_VERSION } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import {
  decodeHello,
  encodeHello,
  type Hello,
  type HelloContext,
  refusalOfAcceptor,
  refusalOfDialler,
  refusalOfUnreadable,
} from '../src/hello.ts';
import { pack } from '../src/msgpack.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, serverId } from './environment.ts';

const self: HelloContext = {
  self: serverId(1),
  ensemble: ensembleAt({ 1: 1, 2: 2, 3: 3 }),
  clusterName: 'blue',
  electionModule: '',
  purposes: ['quorum', 'snapshot'],
  admitsUnlisted: false,
};
const hello = (more: Partial<Hello>): Hello => ({
  purpose: 'quorum',
  from: serverId(2),
  to: serverId(1),
  clusterName: 'blue',
  details: [],
  electionModule: '',
  ...more,
});

describe('hello', () => {
  it('is read back as it was written', () => {
    const written = hello({ purpose: 'snapshot', details: [0, 0xffff_ffff] });
    expect(decodeHello(encodeHello(written))).toEqual(written);
    const election = hello({ purpose: 'election', details: [1, 2, 3], electionModule: 'fle' });
    expect(decodeHello(encodeHello(election))).toEqual(election);
  });

  it('of another version is told by its version, whatever follows', () => {
    const other = pack(['zebu', QUORUM_PROTOCOL_VERSION + 1, 'something', ['else']]);
    const refusal = refusalOf(() => decodeHello(other));
    expect(refusal.code).toBe(CloseCode.WRONG_VERSION);
    expect(refusal.reason).toContain(`version ${QUORUM_PROTOCOL_VERSION + 1}`);
  });

  it.each([
    ['of another protocol', pack(['zeus', QUORUM_PROTOCOL_VERSION])],
    ['without a version', pack(['zebu'])],
    ['with a purpose from the future', pack(['zebu', QUORUM_PROTOCOL_VERSION, 9, 2, 1, '', [], ''])],
    ['with many details', pack(['zebu', QUORUM_PROTOCOL_VERSION, 1, 2, 1, '', [1, 2, 3, 4, 5, 6, 7, 8, 9], ''])],
    ['with a long name', pack(['zebu', QUORUM_PROTOCOL_VERSION, 1, 2, 1, 'x'.repeat(256), [], ''])],
    ['without an election module', pack(['zebu', QUORUM_PROTOCOL_VERSION, 0, 2, 1, '', [1, 2, 3]])],
    ['with a long election module', pack(['zebu', QUORUM_PROTOCOL_VERSION, 0, 2, 1, '', [], 'x'.repeat(65)])],
  ])('%s is a bad frame', (_name, frame) => {
    expect(refusalOf(() => decodeHello(frame)).code).toBe(CloseCode.BAD_FRAME);
  });
});

describe('a server that is dialled', () => {
  it('takes a server of its ensemble', () => {
    expect(refusalOfDialler(hello({}), self)).toBeUndefined();
  });

  it.each<[string, Partial<Hello>, number, string]>([
    ['an unknown server', { from: serverId(9) }, CloseCode.UNKNOWN_SERVER, 'server 9 is not in the server list'],
    ['a server of another cluster', { clusterName: 'red' }, CloseCode.WRONG_CLUSTER, 'cluster blue, server 2 in red'],
    ['a server that meant another', { to: serverId(3) }, CloseCode.WRONG_SERVER, 'server 3 was dialled'],
    ['a server of its own id', { from: serverId(1) }, CloseCode.WRONG_SERVER, 'another myid'],
    ['a connection for another port', { purpose: 'election' }, CloseCode.WRONG_SERVER, 'election connection'],
  ])('refuses %s', (_name, more, code, reason) => {
    const refusal = refusalOfDialler(hello(more), self);
    expect(refusal?.code).toBe(code);
    expect(refusal?.reason).toContain(reason);
  });

  it('takes an unknown server where such are admitted, as long as nothing else is wrong with it', () => {
    const admitting = { ...self, admitsUnlisted: true };
    expect(refusalOfDialler(hello({ from: serverId(9) }), admitting)).toBeUndefined();
    const red = refusalOfDialler(hello({ from: serverId(9), clusterName: 'red' }), admitting);
    expect(red?.code).toBe(CloseCode.WRONG_CLUSTER);
  });

  it('compares cluster names only when both have one', () => {
    expect(refusalOfDialler(hello({ clusterName: '' }), self)).toBeUndefined();
    expect(refusalOfDialler(hello({ clusterName: 'red' }), { ...self, clusterName: '' })).toBeUndefined();
  });
});

const elector = (electionModule: string): HelloContext => ({ ...self, electionModule, purposes: ['election'] });

describe('servers with different election modules', () => {
  const preferred = hello({ purpose: 'election', electionModule: 'preferred' });

  it('refuse each other by name, whoever dials', () => {
    const sentence = 'server 1 elects by fle, server 2 by preferred: all need one electionModule';
    const refusal = { code: CloseCode.WRONG_ELECTION_MODULE, reason: sentence };
    expect(refusalOfDialler(preferred, elector('fle'))).toEqual(refusal);
    expect(refusalOfAcceptor(preferred, serverId(2), elector('fle'))).toEqual(refusal);
  });

  it('are told apart only when both say what they have, and on the election port', () => {
    expect(refusalOfDialler(preferred, elector('preferred'))).toBeUndefined();
    expect(refusalOfDialler(preferred, elector(''))).toBeUndefined();
    expect(refusalOfDialler({ ...preferred, electionModule: '' }, elector('fle'))).toBeUndefined();
  });
});

describe('a server that dials', () => {
  it('goes on with the server that it dialled', () => {
    expect(refusalOfAcceptor(hello({}), serverId(2), self)).toBeUndefined();
  });

  it('gives up when another server answers', () => {
    const refusal = refusalOfAcceptor(hello({ from: serverId(3) }), serverId(2), self);
    expect(refusal).toMatchObject({ code: CloseCode.WRONG_SERVER });
    expect(refusal?.reason).toContain('server 2 was dialled, server 3 answered');
  });

  it('gives up when the server is in another cluster', () => {
    const refusal = refusalOfAcceptor(hello({ clusterName: 'red' }), serverId(2), self);
    expect(refusal?.code).toBe(CloseCode.WRONG_CLUSTER);
  });
});

function refusalOf(read: () => unknown): ReturnType<typeof refusalOfUnreadable> {
  try {
    read();
  } catch (error) {
    return refusalOfUnreadable(error);
  }
  throw new Error('the hello was read');
}
