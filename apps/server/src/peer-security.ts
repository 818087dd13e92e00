// How servers prove to each other who they are, from the configuration.

import {
  createScramClients,
  createScramServers,
  LoginConfigurationError,
  readCredentials,
  readOwnLogin,
} from '@zebu/authentication';
import type { PeerSasl, PeerTls } from '@zebu/cnx-manager';
import type { PeerSaslConfig, PeerTlsConfig, ServerConfig } from '@zebu/config';
import type { Logger } from '@zebu/interfaces';
import { createDialledHostCheck, createHostnameCheck } from '@zebu/tls';
import { jaasError } from './jaas-error.ts';
import { readIdentity } from './tls-identity.ts';

/** Undefined: no TLS between servers. Throws ConfigError. */
export function createPeerTls(config: ServerConfig, logger: Logger): PeerTls | undefined {
  const { tls } = config.peers;
  if (tls === undefined) return undefined;
  const { dials, takesPlain } = tls;
  logger.info('servers speak TLS to each other', {
    dials: dials ? 'TLS' : 'plain',
    takes: takesPlain ? 'TLS and plain' : 'TLS',
  });
  return { ...sharedIdentity(config, tls, logger), ...checks(tls) };
}

type Identity = Pick<PeerTls, 'tls' | 'onChange'>;

/** One identity, and one look at its files, for both ports: watched from when a port is there until none is. */
function sharedIdentity(config: ServerConfig, tls: PeerTlsConfig, logger: Logger): Identity {
  const identity = readIdentity(config, { prefix: 'ssl.quorum.', ...tls }, logger);
  const listeners = new Set<Parameters<PeerTls['onChange']>[0]>();
  return {
    tls: identity.options,
    onChange(listener) {
      if (listeners.size === 0 && tls.reloads) {
        identity.watch((options) => {
          for (const each of listeners) each(options);
        });
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) identity.close();
      };
    },
  };
}

const checks = (tls: PeerTlsConfig): Omit<PeerTls, keyof Identity> => ({
  dials: tls.dials,
  takesPlain: tls.takesPlain,
  clientAuth: tls.clientAuth,
  isCertificateOfDialled: tls.verifiesHostnames ? createDialledHostCheck(tls) : undefined,
  isCertificateOfDialler: tls.verifiesClientHostnames ? createHostnameCheck(tls) : undefined,
  detectionTimeoutMs: tls.detectionTimeoutMs,
});

/** Undefined: no SASL between servers. Throws ConfigError. */
export function createPeerSasl(config: ServerConfig, logger: Logger): PeerSasl | undefined {
  const { sasl } = config.peers;
  if (sasl === undefined) return undefined;
  const { provesItself, requiresProof } = sasl;
  logger.info('servers log in to each other by SASL', { provesItself, requiresProof });
  try {
    return readLogins(sasl);
  } catch (error) {
    throw jaasError(config, error);
  }
}

/** Both sections must be there, as in ZooKeeper, also before the second is used: the next step is not the time to find out. */
function readLogins({ file, serverSection, learnerSection, provesItself, requiresProof }: PeerSaslConfig): PeerSasl {
  const credentials = readCredentials({ file, section: serverSection });
  if (credentials.size === 0) throw new LoginConfigurationError(`${file}: ${serverSection} has no user_NAME`);
  const login = readOwnLogin({ file, section: learnerSection });
  return {
    servers: createScramServers({ credentials }),
    required: requiresProof,
    clients: provesItself ? createScramClients(login) : undefined,
  };
}
