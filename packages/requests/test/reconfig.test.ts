import { ErrorCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { PrepSetup } from './support/prep-setup.ts';
import * as wire from './support/wire.ts';

describe('reconfig is refused', () => {
  const GONE = { session: 9n };
  const SUPER = { identities: ['super:'] };

  it.each([
    ['where it is disabled, whoever asks', false, 7n, -1n, GONE, ErrorCode.RECONFIGDISABLED],
    ['to a session that is gone', true, 7n, -1n, GONE, ErrorCode.SESSIONEXPIRED],
    ['by a standalone server', true, undefined, -1n, SUPER, ErrorCode.UNIMPLEMENTED],
    ['for another configuration', true, 7n, 6n, {}, ErrorCode.BADVERSION],
    ['to who may not write the configuration', true, 7n, 7n, {}, ErrorCode.NOAUTH],
    ['by this release, to everyone', true, 7n, 7n, SUPER, ErrorCode.UNIMPLEMENTED],
  ])('%s', (_, reconfigEnabled, configVersion, expected, by, error) => {
    const setup = new PrepSetup({ reconfigEnabled }, configVersion);
    expect(setup.error(wire.reconfig(expected), by as never)).toBe(error);
  });

  const SERVER = 'server.4=127.0.0.1:2888:3888';
  it.each([
    ['some thing', ErrorCode.BADARGUMENTS],
    ['server.4=a=b', ErrorCode.BADARGUMENTS],
    ['server.four=127.0.0.1:2888:3888;2181', ErrorCode.MARSHALLINGERROR],
    [SERVER, ErrorCode.BADARGUMENTS],
    [`${SERVER};`, ErrorCode.BADARGUMENTS],
    [`${SERVER};2181;2182`, ErrorCode.BADARGUMENTS],
    [`${SERVER}:leader;2181`, ErrorCode.BADARGUMENTS],
    ['server.4=127.0.0.1:2888:2888;2181', ErrorCode.BADARGUMENTS],
    [`${SERVER};2181, server.5`, ErrorCode.BADARGUMENTS],
    [`${SERVER};2181`, ErrorCode.NOAUTH],
    ['server.4=[::1]:2888:3888:observer;[::1]:2181, ,server.5=host:1:2:Participant;host:3', ErrorCode.NOAUTH],
  ])('with the joining servers %s, before anyone is asked who he is', (joiningServers, error) => {
    const request = wire.reconfig(-1n, { joiningServers });
    expect(new PrepSetup({ reconfigEnabled: true }, 7n).error(request)).toBe(error);
  });

  it('with leaving servers that are not numbers', () => {
    const request = wire.reconfig(-1n, { leavingServers: '1, two' });
    expect(new PrepSetup({ reconfigEnabled: true }, 7n).error(request)).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('when it is cut short', () => {
    const { type, payload } = wire.reconfig();
    const request = { type, payload: payload.subarray(0, 9) };
    expect(new PrepSetup().error(request)).toBe(ErrorCode.MARSHALLINGERROR);
  });
});
