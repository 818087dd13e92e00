// The server, group and weight lines together: an ensemble, checked as QuorumPeerConfig.parseDynamicConfig and QuorumHierarchical do.

import type { Ensemble, ServerId, ServerSpecification } from '@zebu/protocol';
import { ConfigError } from './config-error.ts';
import type { PropertyLine } from './properties.ts';
import { parseServerLine, type ServerLine } from './server-line.ts';

/** Groups and weights of hierarchical quorums; every voter is in one group. */
export interface QuorumHierarchy {
  readonly groups: ReadonlyMap<number, readonly ServerId[]>;
  readonly weights: ReadonlyMap<ServerId, number>;
}

export interface ParsedEnsemble {
  readonly ensemble: Ensemble;
  readonly hierarchy: QuorumHierarchy | undefined;
  readonly warnings: readonly string[];
}

/** Lines whose keys belong to the ensemble (`server.1`, `group.1`, `weight.1`). */
export const isEnsembleKey = (key: string): boolean => /^(server|group|weight)\./.test(key);

export function parseEnsemble(
  lines: readonly PropertyLine[],
  file: string | undefined,
  version: bigint,
): ParsedEnsemble {
  const serverLines = lines.filter((line) => line.key.startsWith('server.')).map((line) => parseServerLine(line, file));
  const byId = serversById(serverLines, file);
  checkAddresses([...byId.values()], file);
  const servers = new Map([...byId].sort(([a], [b]) => a - b).map(([id, { server }]) => [id, server] as const));
  const ensemble: Ensemble = Object.freeze({ version, servers });
  const hierarchyLines = lines.filter((line) => !line.key.startsWith('server.'));
  return {
    ensemble,
    hierarchy: hierarchyLines.length === 0 ? undefined : parseHierarchy(hierarchyLines, servers, file),
    warnings: serverLines.flatMap((serverLine) => serverLine.warnings),
  };
}

function serversById(serverLines: readonly ServerLine[], file: string | undefined): Map<ServerId, ServerLine> {
  const byId = new Map<ServerId, ServerLine>();
  for (const serverLine of serverLines) {
    const earlier = byId.get(serverLine.server.id);
    if (earlier !== undefined && earlier.line.value !== serverLine.line.value) {
      throw lineError(serverLine.line, file, {
        problem: `server ${serverLine.server.id} is already on line ${earlier.line.line}, as ${earlier.line.value}`,
        remedy: 'give every server an id of its own',
      });
    }
    byId.set(serverLine.server.id, serverLine);
  }
  return byId;
}

/** No two servers can listen on one address, so one of the lines is a slip of the pen (QuorumServer.checkAddressDuplicate). */
function checkAddresses(serverLines: readonly ServerLine[], file: string | undefined): void {
  const owners = new Map<string, ServerSpecification>();
  for (const { server, line } of serverLines) {
    for (const address of [server.quorumAddress, server.electionAddress]) {
      const text = `${address.host}:${address.port}`;
      const owner = owners.get(text);
      if (owner !== undefined) {
        throw lineError(line, file, {
          problem: `the address ${text} is that of server.${owner.id} too`,
          remedy: 'give every server its own host, or its own ports',
        });
      }
      owners.set(text, server);
    }
  }
}

function parseHierarchy(
  lines: readonly PropertyLine[],
  servers: ReadonlyMap<ServerId, ServerSpecification>,
  file: string | undefined,
): QuorumHierarchy {
  const groups = new Map<number, readonly ServerId[]>();
  const weights = new Map<ServerId, number>();
  const grouped = new Set<ServerId>();
  for (const line of lines) {
    const id = wholeNumber(line.key.slice(line.key.indexOf('.') + 1), line, file);
    if (line.key.startsWith('weight.')) {
      weights.set(id as ServerId, wholeNumber(line.value, line, file));
    } else {
      const members = line.value.split(':').map((part) => wholeNumber(part.trim(), line, file) as ServerId);
      for (const member of members) addToGroup(member, grouped, line, file);
      groups.set(id, members);
    }
  }
  for (const server of servers.values()) {
    if (server.role !== 'participant') continue;
    if (!grouped.has(server.id)) throw notInGroup(server.id, file);
    if (!weights.has(server.id)) weights.set(server.id, 1);
  }
  return { groups, weights };
}

function addToGroup(member: ServerId, grouped: Set<ServerId>, line: PropertyLine, file: string | undefined): void {
  if (grouped.has(member)) {
    throw lineError(line, file, {
      problem: `server ${member} is in more than one group`,
      remedy: 'list every server in exactly one group',
    });
  }
  grouped.add(member);
}

const notInGroup = (id: ServerId, file: string | undefined): ConfigError =>
  new ConfigError({
    file,
    key: `server.${id}`,
    problem: 'is in no group, while groups are in use',
    remedy: `add ${id} to a group.N line`,
  });

function wholeNumber(text: string, line: PropertyLine, file: string | undefined): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw lineError(line, file, {
    problem: `"${text}" is not a whole number`,
    remedy: 'write group.N=id:id:id and weight.id=number',
  });
}

const lineError = (
  line: PropertyLine,
  file: string | undefined,
  details: { readonly problem: string; readonly remedy: string },
): ConfigError => new ConfigError({ file, line: line.line, key: line.key, value: line.value, ...details });
