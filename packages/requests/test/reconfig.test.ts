import { decodeTxn } from '@zebu/jute';
import { type Ensemble, ErrorCode, formatEnsemble, OpCode, parseEnsembleText, type ServerId } from '@zebu/protocol';
import type { EnsembleView, PrepOptions } from '@zebu/requests';
import { describe, expect, it } from 'vitest';
import { PrepSetup } from './support/prep-setup.ts';
import * as wire from './support/wire.ts';

const SERVERS = [1, 2, 3].map((id) => `server.${id}=zoo${id}:2888:3888:participant;0.0.0.0:2181`).join('\n');
const IN_FORCE: Ensemble = parseEnsembleText(`${SERVERS}\nversion=7`);
const SUPER = { identities: ['super:'] };
const ENABLED = { reconfigEnabled: true };

class FakeView implements EnsembleView {
  inForce = IN_FORCE;
  newestVersion = 7n;
  synced = new Set([1, 2, 3]);

  hasSyncedQuorum(ensemble: Ensemble): boolean {
    const voters = [...ensemble.servers.values()].filter(({ role }) => role === 'participant');
    return 2 * voters.filter(({ id }) => this.synced.has(id)).length > voters.length;
  }
}

const setup = (options: Partial<PrepOptions> = ENABLED, view: FakeView | undefined = new FakeView()) =>
  new PrepSetup(options, view);
const standalone = () => new PrepSetup(ENABLED);

describe('reconfig is refused', () => {
  const GONE = { session: 9n as never };
  const older = new FakeView();
  older.newestVersion = 8n;

  it.each([
    ['where it is disabled, whoever asks', setup({}), -1n, GONE, ErrorCode.RECONFIGDISABLED],
    ['to a session that is gone', setup(), -1n, GONE, ErrorCode.SESSIONEXPIRED],
    ['by a standalone server', standalone(), -1n, SUPER, ErrorCode.UNIMPLEMENTED],
    ['while another is under way', setup(ENABLED, older), 6n, SUPER, ErrorCode.RECONFIGINPROGRESS],
    ['for another configuration', setup(), 6n, {}, ErrorCode.BADVERSION],
    ['to who may not write the configuration', setup(), 7n, {}, ErrorCode.NOAUTH],
  ])('%s', (_, prep, expected, by, error) => {
    expect(prep.error(wire.reconfig(expected), by)).toBe(error);
  });

  const SERVER = 'server.4=127.0.0.1:2888:3888';
  it.each([
    ['some thing', ErrorCode.BADARGUMENTS],
    ['server.4=a=b', ErrorCode.BADARGUMENTS],
    ['server.four=127.0.0.1:2888:3888;2181', ErrorCode.MARSHALLINGERROR],
    [SERVER, ErrorCode.BADARGUMENTS],
    [`${SERVER};`, ErrorCode.BADARGUMENTS],
    [`${SERVER};2181;2182`, ErrorCode.BADARGUMENTS],
    ['server.4=a:1:2|b:1:2;2181', ErrorCode.BADARGUMENTS],
    [`${SERVER}:leader;2181`, ErrorCode.BADARGUMENTS],
    ['server.4=127.0.0.1:2888:2888;2181', ErrorCode.BADARGUMENTS],
    ['server.4=zoo1:2888:4000;2181', ErrorCode.BADARGUMENTS],
    [`${SERVER};2181, server.5`, ErrorCode.BADARGUMENTS],
    [`${SERVER};2181`, ErrorCode.NOAUTH],
    ['server.4=[::1]:2888:3888:observer;[::1]:2181, ,server.5=host:1:2:Participant;host:3', ErrorCode.NOAUTH],
  ])('with the joining servers %s, before anyone is asked who he is', (joiningServers, error) => {
    expect(setup().error(wire.reconfig(-1n, { joiningServers, leavingServers: null }))).toBe(error);
  });

  it.each([
    ['no participant enough', 'server.1=zoo1:1:2', ErrorCode.BADARGUMENTS],
    ['observers alone', 'server.1=zoo1:1:2:observer', ErrorCode.MARSHALLINGERROR],
    ['an observer of one participant', 'server.1=zoo1:1:2,server.2=zoo2:1:2:observer', ErrorCode.MARSHALLINGERROR],
    ['a key of zoo.cfg', `${SERVERS}\nclientPort=2181`, ErrorCode.BADARGUMENTS],
    ['no servers', '', ErrorCode.BADARGUMENTS],
    ['a server in no group', `${SERVERS}\ngroup.1=1:2`, ErrorCode.BADARGUMENTS],
    ['a second address', `${SERVERS}|zoo9:2888:3888`, ErrorCode.BADARGUMENTS],
    ['a secure port', `${SERVERS};2281`, ErrorCode.BADARGUMENTS],
    [
      'more than fits',
      Array.from({ length: 5000 }, (_, i) => `server.${i}=${'h'.repeat(60)}${i}:1:2`).join(),
      ErrorCode.BADARGUMENTS,
    ],
    ['strangers only', 'server.8=a:1:2;3,server.9=b:1:2;3', ErrorCode.NEWCONFIGNOQUORUM],
  ])('with %s as new members', (_, newMembers, error) => {
    expect(setup().error(wire.reconfig(-1n, { newMembers }), SUPER)).toBe(error);
  });

  it('with leaving servers that are not numbers', () => {
    expect(setup().error(wire.reconfig(-1n, { leavingServers: '1, two' }))).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('when it says who joins and leaves, and the ensemble has groups', () => {
    const view = new FakeView();
    view.inForce = parseEnsembleText(`${SERVERS}\ngroup.1=1:2:3\nversion=7`);
    expect(setup(ENABLED, view).error(wire.reconfig(), SUPER)).toBe(ErrorCode.BADARGUMENTS);
    expect(setup(ENABLED, view).error(wire.reconfig(-1n, { newMembers: SERVERS }), SUPER)).toBe(ErrorCode.OK);
  });

  it('when no quorum of the new configuration is in sync', () => {
    const view = new FakeView();
    view.synced = new Set([3, 1]);
    const newMembers = 'server.1=zoo1:1:2,server.4=zoo4:1:2,server.5=zoo5:1:2';
    expect(setup(ENABLED, view).error(wire.reconfig(-1n, { newMembers }), SUPER)).toBe(ErrorCode.NEWCONFIGNOQUORUM);
    view.synced.add(5);
    expect(setup(ENABLED, view).error(wire.reconfig(-1n, { newMembers }), SUPER)).toBe(ErrorCode.OK);
  });

  it('when one voter would be left, unless that may be an ensemble', () => {
    const leaving = wire.reconfig(-1n, { leavingServers: '1,2' });
    expect(setup().error(leaving, SUPER)).toBe(ErrorCode.BADARGUMENTS);
    const alone = { ...ENABLED, standaloneEnabled: false };
    expect(setup(alone).error(leaving, SUPER)).toBe(ErrorCode.OK);
    expect(setup(alone).error(wire.reconfig(-1n, { leavingServers: '1,2,3' }), SUPER)).toBe(ErrorCode.BADARGUMENTS);
  });

  it('when a server would have several addresses, unless that is enabled', () => {
    const joining = wire.reconfig(-1n, { joiningServers: 'server.4=a:1:2|b:1:2;2181' });
    expect(setup().error(joining, SUPER)).toBe(ErrorCode.BADARGUMENTS);
    const enabled = setup({ ...ENABLED, multiAddressEnabled: true });
    expect(enabled.error(joining, SUPER)).toBe(ErrorCode.OK);
  });

  it('when it is cut short', () => {
    const { type, payload } = wire.reconfig();
    const request = { type, payload: payload.subarray(0, 9) };
    expect(new PrepSetup().error(request)).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('when one before it in the batch is not committed yet', () => {
    const prep = setup();
    const [first, second] = prep.prepare([wire.reconfig(), wire.reconfig()], SUPER);
    expect(decodeTxn(first as Uint8Array).txn.type).toBe('setData');
    expect(decodeTxn(second as Uint8Array).txn).toEqual({ type: 'error', error: ErrorCode.RECONFIGINPROGRESS });
  });
});

describe('the txn of a reconfig', () => {
  it('is a setData of /zookeeper/config under a type of its own, whose version is its zxid', () => {
    const prep = setup();
    prep.prepare([wire.create('/a')]);
    const [bytes] = prep.prepare(
      [wire.reconfig(7n, { joiningServers: 'server.4=zoo4:2888:3888:observer;2181', leavingServers: '3' })],
      SUPER,
    );
    const { header, txn, digest } = decodeTxn(bytes as Uint8Array);
    expect(header.type).toBe(OpCode.RECONFIG);
    expect(digest).toBeDefined();
    if (txn.type !== 'setData') throw new Error(txn.type);
    expect([txn.path, txn.version]).toEqual(['/zookeeper/config', -1]);
    expect(new TextDecoder().decode(txn.data ?? undefined)).toBe(
      `${SERVERS.split('\n').slice(0, 2).join('\n')}\nserver.4=zoo4:2888:3888:observer;0.0.0.0:2181\nversion=100000002`,
    );
  });

  it('replaces a server that joins under an id that is taken', () => {
    const [bytes] = setup().prepare(
      [wire.reconfig(-1n, { joiningServers: 'server.3=new:1:2;3', leavingServers: null })],
      SUPER,
    );
    const { txn } = decodeTxn(bytes as Uint8Array);
    if (txn.type !== 'setData') throw new Error(txn.type);
    const { servers } = parseEnsembleText(new TextDecoder().decode(txn.data ?? undefined));
    expect(servers.get(3 as ServerId)?.quorumAddress).toEqual({ host: 'new', port: 1 });
    expect(servers.size).toBe(3);
  });

  it('may come right after one that is in force', () => {
    const view = new FakeView();
    const prep = setup(ENABLED, view);
    prep.prepare([wire.reconfig()], SUPER);
    const version = 0x100000001n;
    view.inForce = { ...IN_FORCE, version };
    view.newestVersion = version;
    expect(prep.error(wire.reconfig(version), SUPER)).toBe(ErrorCode.OK);
  });

  it('holds groups and weights when all of the ensemble is said anew', () => {
    const newMembers = `${SERVERS}\ngroup.1=1:2\ngroup.2=3\nweight.1=2`;
    const [bytes] = setup().prepare([wire.reconfig(-1n, { newMembers })], SUPER);
    const { txn } = decodeTxn(bytes as Uint8Array);
    if (txn.type !== 'setData') throw new Error(txn.type);
    const ensemble = parseEnsembleText(new TextDecoder().decode(txn.data ?? undefined));
    expect(ensemble.hierarchy?.weights.get(1 as ServerId)).toBe(2);
    expect(formatEnsemble(ensemble)).toContain('group.1=1:2\ngroup.2=3\n');
  });
});
