// The ports for clients, from the configuration: plain, with TLS, or none as yet.

import { type ClientPortOptions, createClientPort, type SecureOptions } from '@zebu/client-port';
import type { ServerConfig, TlsConfig } from '@zebu/config';
import type { ClientTransport, Identity, Logger } from '@zebu/interfaces';
import { createHostnameCheck } from '@zebu/tls';
import { systemClock } from './system-clock.ts';
import { readIdentity } from './tls-identity.ts';

export interface ClientTransportParts {
  readonly logger: Logger;
  /** Of a client's certificate in DER. */
  readonly identitiesOf: (certificate: Uint8Array) => readonly Identity[];
}

/** Throws ConfigError. */
export function createClientTransport(config: ServerConfig, parts: ClientTransportParts): ClientTransport {
  const { tls, ...clients } = config.clients;
  const options: ClientPortOptions = {
    ...clients,
    secure: tls === undefined ? undefined : secureOptions(config, tls, parts),
  };
  return createClientPort({ clock: systemClock, logger: parts.logger }, options);
}

function secureOptions(
  config: ServerConfig,
  tls: TlsConfig,
  { logger, identitiesOf }: ClientTransportParts,
): SecureOptions {
  const identity = readIdentity(config, { prefix: 'ssl.', ...tls }, logger);
  return {
    tls: identity.options,
    onChange(listener) {
      if (tls.reloads) identity.watch(listener);
      return () => identity.close();
    },
    clientAuth: tls.clientAuth,
    identitiesOf,
    isCertificateOf: tls.verifiesClientHostnames ? createHostnameCheck(tls) : undefined,
  };
}
