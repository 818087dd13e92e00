// The scheme ip: addresses and networks (IPAuthenticationProvider). An address is known without proof, so an auth packet of
// this scheme adds what the connection has already.

import type { AuthenticationProvider } from '@zebu/interfaces';
import { isIpPattern, matchesIpPattern } from './ip-pattern.ts';

export const ipProvider: AuthenticationProvider = {
  scheme: 'ip',
  isAuthenticated: false,
  authenticate: (_proof, client) => ({ type: 'proven', identities: [`ip:${client.host}`] }),
  isValid: isIpPattern,
  matches: matchesIpPattern,
  userNameOf: (id) => id,
};
