// The scheme sasl in ACLs (SASLAuthenticationProvider). Identities of it come from a SASL exchange, never from an auth packet.

import type { AuthenticationProvider } from '@zebu/interfaces';
import { isPrincipalName } from './principal-name.ts';

export interface SaslOptions {
  /** letAnySaslUserDoX: an ACL with this id stands for everyone who came by SASL. */
  readonly anyUser?: string | undefined;
}

/** To whom every ACL of the scheme applies, whatever superUser says. */
const SUPER_USER = 'super';

export const createSaslProvider = ({ anyUser }: SaslOptions = {}): AuthenticationProvider => ({
  scheme: 'sasl',
  isAuthenticated: true,
  authenticate: () => ({ type: 'failed' }),
  isValid: isPrincipalName,
  matches: (id, aclExpression) => id === SUPER_USER || id === aclExpression || aclExpression === anyUser,
  userNameOf: (id) => id,
});
