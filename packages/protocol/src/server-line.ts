// One `server.N=` line: host:quorumPort:electionPort[|host:...][:role][;[clientAddress:]clientPort[;...]] (QuorumPeer.QuorumServer). Host names are
// resolved by whoever dials, never here.

import { type EnsembleLine, EnsembleTextError } from './ensemble-text-error.ts';
import type { LearnerType, PeerAddresses, ServerAddress, ServerSpecification } from './ensemble.ts';
import type { ServerId } from './identifiers.ts';

export interface ServerLine {
  readonly server: ServerSpecification;
  readonly line: EnsembleLine;
  readonly warnings: readonly string[];
}

/** Greatest id that a Java int holds; ids above 255 share the top byte of session ids with others. */
const MAX_SERVER_ID = 0x7fff_ffff;
const MAX_SESSION_ID_BYTE = 255;
const FORM = 'write host:quorumPort:electionPort[:participant|:observer][;[clientAddress:]clientPort]';
const MAX_PORT = 65535;
const ANY_ADDRESS = '0.0.0.0';

/** Throws EnsembleTextError. */
export function parseServerLine(line: EnsembleLine): ServerLine {
  const fail = failOn(line);
  const id = parseServerId(line.key.slice('server.'.length), fail);
  const warnings: string[] = [];
  if (id > MAX_SESSION_ID_BYTE) {
    warnings.push(
      `server id ${id} is above 255: sessions that servers ${id} and ${id & 0xff} create could get the same id`,
    );
  }
  const [serverPart = '', clientPart = '', securePart = '', ...rest] = line.value.split(';').map((part) => part.trim());
  if (rest.length > 0) throw fail('has more than three parts between semicolons', FORM);
  if (securePart !== '')
    warnings.push(`server.${id} has a secure client port, which is not in this release: it is ignored`);
  return { server: specification(id, serverPart, clientPart, fail), line, warnings };
}

type Fail = (problem: string, remedy: string) => EnsembleTextError;

const failOn =
  (line: EnsembleLine): Fail =>
  (problem, remedy) =>
    new EnsembleTextError({ line, problem, remedy });

function parseServerId(text: string, fail: Fail): ServerId {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id > MAX_SERVER_ID) {
    throw fail(
      `"${text}" is not a server id`,
      "write server.N with N from 1 to 255, the number in that server's myid file",
    );
  }
  return id as ServerId;
}

function specification(id: ServerId, serverPart: string, clientPart: string, fail: Fail): ServerSpecification {
  const places = serverPart.split('|').map((part) => parsePlace(part.trim(), fail));
  const [{ role: _, ...first }, ...others] = places as [Place, ...Place[]];
  const roles = new Set(places.flatMap(({ role }) => (role === undefined ? [] : [role])));
  if (roles.size > 1) throw fail('has one role at one address and another at the next', 'write the role once');
  const [role = 'participant'] = roles;
  return {
    id,
    role,
    ...first,
    ...(others.length === 0 ? {} : { otherAddresses: others.map(({ role: __, ...place }) => place) }),
    ...(clientPart === '' ? {} : { clientAddress: parseClientAddress(clientPart, fail) }),
  };
}

interface Place extends PeerAddresses {
  readonly role: LearnerType | undefined;
}

function parsePlace(text: string, fail: Fail): Place {
  const [host = '', quorumPort = '', electionPort, role, ...rest] = splitHostAndPorts(text, fail);
  if (host === '' || electionPort === undefined || rest.length > 0) throw fail('is not a server address', FORM);
  const quorumAddress = { host, port: parsePort(quorumPort, 'quorum', fail) };
  const electionAddress = { host, port: parsePort(electionPort, 'election', fail) };
  if (quorumAddress.port === electionAddress.port) {
    throw fail('has the same quorum and election port', 'give each its own port, usually 2888 and 3888');
  }
  return { quorumAddress, electionAddress, role: role === undefined ? undefined : parseRole(role, fail) };
}

/** `host:port` or just `port`, which means every address. */
function parseClientAddress(text: string, fail: Fail): ServerAddress {
  const parts = splitHostAndPorts(text, fail);
  if (parts.length > 2)
    throw fail(`"${text}" is not a client address`, 'write ;clientPort or ;clientAddress:clientPort');
  const host = parts.length === 2 ? (parts[0] ?? '') : ANY_ADDRESS;
  return { host: host === '' ? ANY_ADDRESS : host, port: parsePort(parts.at(-1) ?? '', 'client', fail) };
}

/** Splits at colons, but not inside the brackets of an IPv6 address (ConfigUtils.getHostAndPort). */
function splitHostAndPorts(text: string, fail: Fail): string[] {
  if (!text.startsWith('[')) return text.split(':').map((part) => part.trim());
  const end = text.indexOf(']');
  if (end < 0) throw fail(`"${text}" has a [ without a ]`, 'write an IPv6 address as [::1]:2888:3888');
  const rest = text.slice(end + 1);
  if (rest !== '' && !rest.startsWith(':')) throw fail(`"${text}" has no colon after the ]`, FORM);
  return [text.slice(1, end), ...(rest === '' ? [] : rest.slice(1).split(':'))].map((part) => part.trim());
}

/** Decimal, or hexadecimal behind 0x, as for every other number of a configuration. */
function parsePort(text: string, kind: string, fail: Fail): number {
  const port = /^(\+?\d+|0[xX][0-9a-fA-F]+)$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= MAX_PORT) return port;
  throw fail(`"${text}" is not a port for the ${kind} address`, `write a whole number from 1 to ${MAX_PORT}`);
}

function parseRole(text: string, fail: Fail): LearnerType {
  const role = text.toLowerCase();
  if (role === 'participant' || role === 'observer') return role;
  throw fail(`"${text}" is not a role`, 'write participant or observer, or leave it out');
}
