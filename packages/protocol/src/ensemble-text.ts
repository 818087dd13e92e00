// The text of an ensemble: server, group and weight lines, checked as QuorumPeerConfig.parseDynamicConfig and QuorumHierarchical do, and
// written as /zookeeper/config, `conf` and the file of the dynamic configuration show it (QuorumMaj.toString, QuorumHierarchical.toString).

import { type EnsembleLine, EnsembleTextError } from './ensemble-text-error.ts';
import {
  addressesOf,
  type Ensemble,
  type QuorumHierarchy,
  type ServerAddress,
  type ServerSpecification,
} from './ensemble.ts';
import type { ServerId } from './identifiers.ts';
import { parseServerLine, type ServerLine } from './server-line.ts';

export interface ParsedEnsemble {
  readonly ensemble: Ensemble;
  readonly warnings: readonly string[];
}

/** Lines whose keys belong to the ensemble (`server.1`, `group.1`, `weight.1`). */
export const isEnsembleKey = (key: string): boolean => /^(server|group|weight)\./.test(key);

/**
 * What `formatEnsemble` writes, or a client of reconfig: a line for each assignment; blank lines and comments between them do no harm.
 * Throws EnsembleTextError on anything else. Without a version line the version is 0.
 */
export function parseEnsembleText(text: string): Ensemble {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const assignments = lines.filter((line) => line !== '' && !/^[#!]/.test(line)).map(assignment);
  const foreign = assignments.find(({ key }) => key !== 'version' && !isEnsembleKey(key));
  if (foreign !== undefined) throw lineError(foreign, UNKNOWN_KEY);
  const version = assignments.findLast(({ key }) => key === 'version');
  return ensembleOfLines(
    assignments.filter(({ key }) => key !== 'version'),
    version === undefined ? 0n : parseVersion(version),
  ).ensemble;
}

/** Without a line end behind the version, which is in hex. */
export function formatEnsemble(ensemble: Ensemble): string {
  return `${formatServers(ensemble)}version=${ensemble.version.toString(16)}`;
}

/** All but the version: what a dynamic configuration file holds, whose name ends in the version. */
export function formatServers({ servers, hierarchy }: Ensemble): string {
  const lines = [...servers.values()].map((server) => `server.${server.id}=${formatServer(server)}\n`);
  for (const [group, members] of hierarchy?.groups ?? []) lines.push(`group.${group}=${members.join(':')}\n`);
  for (const [id, weight] of hierarchy?.weights ?? []) lines.push(`weight.${id}=${weight}\n`);
  return lines.join('');
}

/** Lines whose keys belong to an ensemble. Throws EnsembleTextError. */
export function ensembleOfLines(lines: readonly EnsembleLine[], version: bigint): ParsedEnsemble {
  const serverLines = lines.filter((line) => line.key.startsWith('server.')).map(parseServerLine);
  const byId = serversById(serverLines);
  checkAddresses([...byId.values()]);
  const specifications = [...byId.values()].map(({ server }) => server);
  const servers = serversInOrder(specifications);
  const hierarchyLines = lines.filter((line) => !line.key.startsWith('server.'));
  const hierarchy = hierarchyLines.length === 0 ? undefined : parseHierarchy(hierarchyLines, servers);
  return {
    ensemble: Object.freeze(hierarchy === undefined ? { version, servers } : { version, servers, hierarchy }),
    warnings: serverLines.flatMap((serverLine) => serverLine.warnings),
  };
}

export const serversInOrder = (servers: Iterable<ServerSpecification>): Map<ServerId, ServerSpecification> =>
  new Map([...servers].sort((one, other) => one.id - other.id).map((server) => [server.id, server]));

function serversById(serverLines: readonly ServerLine[]): Map<ServerId, ServerLine> {
  const byId = new Map<ServerId, ServerLine>();
  for (const serverLine of serverLines) {
    const earlier = byId.get(serverLine.server.id);
    if (earlier !== undefined && earlier.line.value !== serverLine.line.value) {
      const place = earlier.line.line === undefined ? 'there' : `on line ${earlier.line.line}`;
      throw lineError(serverLine.line, {
        problem: `server ${serverLine.server.id} is already ${place}, as ${earlier.line.value}`,
        remedy: 'give every server an id of its own',
      });
    }
    byId.set(serverLine.server.id, serverLine);
  }
  return byId;
}

/** No two servers can listen on one address, so one of the lines is a slip of the pen (QuorumServer.checkAddressDuplicate). */
export function checkAddresses(serverLines: readonly ServerLine[]): void {
  const owners = new Map<string, ServerSpecification>();
  for (const { server, line } of serverLines) {
    const places = addressesOf(server);
    for (const address of places.flatMap((place) => [place.quorumAddress, place.electionAddress])) {
      const text = `${address.host}:${address.port}`;
      const owner = owners.get(text);
      if (owner !== undefined) {
        throw lineError(line, {
          problem: `the address ${text} is that of server.${owner.id} too`,
          remedy: 'give every server its own host, or its own ports',
        });
      }
      owners.set(text, server);
    }
  }
}

function parseHierarchy(
  lines: readonly EnsembleLine[],
  servers: ReadonlyMap<ServerId, ServerSpecification>,
): QuorumHierarchy {
  const groups = new Map<number, readonly ServerId[]>();
  const weights = new Map<ServerId, number>();
  const grouped = new Set<ServerId>();
  for (const line of lines) {
    const id = wholeNumber(line.key.slice(line.key.indexOf('.') + 1), line);
    if (line.key.startsWith('weight.')) {
      weights.set(id as ServerId, wholeNumber(line.value, line));
    } else {
      const members = line.value.split(':').map((part) => wholeNumber(part.trim(), line) as ServerId);
      for (const member of members) addToGroup(member, grouped, line);
      groups.set(id, members);
    }
  }
  for (const server of servers.values()) {
    if (server.role !== 'participant') continue;
    if (!grouped.has(server.id)) throw notInGroup(server.id);
    if (!weights.has(server.id)) weights.set(server.id, 1);
  }
  return { groups, weights };
}

function addToGroup(member: ServerId, grouped: Set<ServerId>, line: EnsembleLine): void {
  if (grouped.has(member)) {
    throw lineError(line, {
      problem: `server ${member} is in more than one group`,
      remedy: 'list every server in exactly one group',
    });
  }
  grouped.add(member);
}

const notInGroup = (id: ServerId): EnsembleTextError =>
  new EnsembleTextError({
    key: `server.${id}`,
    problem: 'is in no group, while groups are in use',
    remedy: `add ${id} to a group.N line`,
  });

function wholeNumber(text: string, line: EnsembleLine): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw lineError(line, {
    problem: `"${text}" is not a whole number`,
    remedy: 'write group.N=id:id:id and weight.id=number',
  });
}

const lineError = (
  line: EnsembleLine,
  details: { readonly problem: string; readonly remedy: string },
): EnsembleTextError => new EnsembleTextError({ line, ...details });

const UNKNOWN_KEY = {
  problem: 'does not belong to an ensemble',
  remedy: 'write server.N, group.N, weight.N and version lines',
} as const;

function assignment(text: string, index: number): EnsembleLine {
  const end = text.search(/[=:]/);
  if (end < 0) throw lineError({ key: text, value: '', line: index + 1 }, UNKNOWN_KEY);
  return { key: text.slice(0, end).trim(), value: text.slice(end + 1).trim(), line: index + 1 };
}

function parseVersion(line: EnsembleLine): bigint {
  if (/^[0-9a-fA-F]{1,16}$/.test(line.value)) return BigInt(`0x${line.value}`);
  throw lineError(line, { problem: `"${line.value}" is not a version`, remedy: 'write it in hex' });
}

/** Of several places only the last is followed by the role (QuorumServer.toString). */
function formatServer(server: ServerSpecification): string {
  const { role, clientAddress } = server;
  const places = addressesOf(server).map(
    ({ quorumAddress, electionAddress }) => `${formatAddress(quorumAddress)}:${electionAddress.port}`,
  );
  const client = clientAddress === undefined ? '' : `;${formatAddress(clientAddress)}`;
  return `${places.join('|')}:${role}${client}`;
}

const formatAddress = ({ host, port }: ServerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
