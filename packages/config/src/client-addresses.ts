// Where clients are served: at two ports, at one of them, or nowhere.

import type { ServerAddress, ServerSpecification } from '@zebu/protocol';
import type { Settings } from './settings.ts';

export interface ClientAddresses {
  readonly address: ServerAddress | undefined;
  /** Clients speak TLS there. */
  readonly secureAddress: ServerAddress | undefined;
}

export function clientAddresses(
  settings: Settings,
  self: ServerSpecification | undefined,
  standalone: boolean,
): ClientAddresses {
  const address = plainAddress(settings, self);
  const secureAddress = addressOfKeys(settings, 'secureClientPort');
  if (address === undefined && secureAddress === undefined && standalone) {
    throw settings.error('clientPort', 'is missing', 'add clientPort=2181');
  }
  if (secureAddress !== undefined && address?.port === secureAddress.port) {
    throw settings.error(
      'secureClientPort',
      'is the port of plain clients, too',
      'choose another one, or serve both at clientPort with client.portUnification=true',
    );
  }
  return { address, secureAddress };
}

/** From the server line when it has one, else from clientPort; when both speak they must agree (QuorumPeerConfig.setupClientPort). */
function plainAddress(settings: Settings, self: ServerSpecification | undefined): ServerAddress | undefined {
  const fromKeys = addressOfKeys(settings, 'clientPort');
  const fromLine = self?.clientAddress;
  if (fromKeys !== undefined && fromLine !== undefined && !agree(fromKeys, fromLine)) {
    throw settings.error(
      'clientPort',
      `gives ${fromKeys.host}:${fromKeys.port}, but the line of server.${self?.id} gives ${fromLine.host}:${fromLine.port}`,
      'keep one of the two',
    );
  }
  return fromLine ?? fromKeys;
}

const ANY_ADDRESS = '0.0.0.0';

const isAnyAddress = (host: string): boolean => host === ANY_ADDRESS || host === '::';

const agree = (fromKeys: ServerAddress, fromLine: ServerAddress): boolean =>
  fromKeys.port === fromLine.port && (isAnyAddress(fromKeys.host) || fromKeys.host === fromLine.host);

function addressOfKeys(settings: Settings, key: 'clientPort' | 'secureClientPort'): ServerAddress | undefined {
  const port = settings.optionalNumber(key);
  if (port === undefined) return undefined;
  const host = settings.optionalText(`${key}Address`)?.replace(/^\[(.*)\]$/, '$1') ?? ANY_ADDRESS;
  return { host, port };
}
