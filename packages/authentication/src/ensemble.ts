// The scheme ensemble: no identity, but a client that says which ensemble it looks for, and is sent away when it is not this one
// (EnsembleAuthenticationProvider).

import type { AuthenticationProvider, AuthenticationResult } from '@zebu/interfaces';

export interface EnsembleOptions {
  /** ensembleAuthName: the names of this ensemble; undefined lets everyone stay. */
  readonly names?: ReadonlySet<string> | undefined;
}

const STAYS: AuthenticationResult = { type: 'proven', identities: [] };

export const createEnsembleProvider = ({ names }: EnsembleOptions = {}): AuthenticationProvider => ({
  scheme: 'ensemble',
  isAuthenticated: false,
  authenticate(proof) {
    if (proof === null || proof.length === 0 || names === undefined) return STAYS;
    return names.has(new TextDecoder().decode(proof)) ? STAYS : { type: 'disconnect' };
  },
  isValid: () => false,
  matches: () => false,
  userNameOf: (id) => id,
});
