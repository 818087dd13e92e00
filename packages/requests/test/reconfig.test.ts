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

  it('when it is cut short', () => {
    const { type, payload } = wire.reconfig();
    const request = { type, payload: payload.subarray(0, 9) };
    expect(new PrepSetup().error(request)).toBe(ErrorCode.MARSHALLINGERROR);
  });
});
