// `host:port,host:port/chroot`, as every ZooKeeper client writes it (ConnectStringParser).

import type { ServerAddress } from '@zebu/protocol';
import { pathProblem } from '@zebu/protocol';
import { ClientOptionsError } from './errors.ts';

export const DEFAULT_CLIENT_PORT = 2181;
const LARGEST_PORT = 65535;

export interface ConnectionTarget {
  readonly servers: readonly ServerAddress[];
  /** Empty, or an absolute path without a trailing slash. */
  readonly chroot: string;
}

/** Throws ClientOptionsError. */
export function parseConnectionString(text: string): ConnectionTarget {
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const servers = hosts
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
    .map(parseServer);
  if (servers.length === 0) {
    throw new ClientOptionsError(`no server in the connection string "${text}"; write host:port,host:port`);
  }
  return { servers, chroot: parseChroot(slash < 0 ? '' : text.slice(slash)) };
}

export function parseChroot(chroot: string): string {
  if (chroot === '' || chroot === '/') return '';
  const problem = pathProblem(chroot);
  if (problem !== undefined) throw new ClientOptionsError(`bad chroot "${chroot}": ${problem}`);
  return chroot;
}

function parseServer(text: string): ServerAddress {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] as string, port: parsePort(bracketed[2], text) };
  const parts = text.split(':');
  if (parts.length > 2) throw new ClientOptionsError(`write the IPv6 address "${text}" in brackets: [address]:port`);
  if (parts[0] === '') throw new ClientOptionsError(`no host in "${text}"; write host:port`);
  return { host: parts[0] as string, port: parsePort(parts[1], text) };
}

function parsePort(text: string | undefined, server: string): number {
  if (text === undefined) return DEFAULT_CLIENT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > LARGEST_PORT)
    throw new ClientOptionsError(`bad port in "${server}"; write 1 to ${LARGEST_PORT}`);
  return port;
}
