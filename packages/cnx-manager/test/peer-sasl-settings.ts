// SASL between the servers of a test: one user, whom all know, and as whom all log in.

import { createScramClients, createScramServers } from '@zebu/authentication';
import type { PeerSasl } from '../src/index.ts';

export interface SaslSettings {
  /** By which servers that dial this one log in. */
  readonly password?: string;
  /** By which this one logs in; undefined does not. */
  readonly ownPassword?: string | undefined;
  readonly username?: string;
  readonly required?: boolean;
}

export function peerSasl(settings: SaslSettings = {}): PeerSasl {
  const { password = 'secret', username = 'zebu', required = true } = settings;
  const ownPassword = 'ownPassword' in settings ? settings.ownPassword : password;
  return {
    servers: createScramServers({ credentials: new Map([['zebu', password]]) }),
    required,
    clients: ownPassword === undefined ? undefined : createScramClients({ username, password: ownPassword }),
  };
}
