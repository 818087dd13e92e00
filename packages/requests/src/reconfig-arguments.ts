// Which ensemble a client asks for (PrepRequestProcessor and QuorumServer of QuorumPeer): all of it anew, or who joins and who leaves. It is
// looked at before anybody asks whether the client may change anything, as in ZooKeeper.

import type { ReconfigRequest } from '@zebu/jute';
import {
  type Ensemble,
  EnsembleTextError,
  ErrorCode,
  formatEnsemble,
  MAX_CONFIGURATION_BYTES,
  parseEnsembleText,
  parseServerLine,
  type ServerId,
  type ServerSpecification,
} from '@zebu/protocol';

export type ReconfigResult =
  | { readonly ok: true; readonly ensemble: Ensemble }
  | { readonly ok: false; readonly error: ErrorCode };

const NUMBER = /^[+-]?\d+$/;

export interface ReconfigContext {
  readonly current: Ensemble;
  /** Of what becomes of it. */
  readonly version: bigint;
  readonly multiAddressEnabled: boolean;
}

/** What becomes of the current ensemble. */
export function reconfiguredEnsemble(
  request: ReconfigRequest,
  { current, version, multiAddressEnabled }: ReconfigContext,
): ReconfigResult {
  const text = request.newMembers ?? request.joiningServers ?? '';
  if (text.includes('|') && !multiAddressEnabled) return refuse(ErrorCode.BADARGUMENTS);
  try {
    return request.newMembers === null
      ? incremental(request, current, version)
      : checked(request.newMembers.replaceAll(',', '\n'), version);
  } catch (error) {
    if (error instanceof EnsembleTextError) return refuse(ErrorCode.BADARGUMENTS);
    throw error;
  }
}

/** Groups and weights cannot be told by who joins and who leaves. */
function incremental(request: ReconfigRequest, current: Ensemble, version: bigint): ReconfigResult {
  if (current.hierarchy !== undefined) return refuse(ErrorCode.BADARGUMENTS);
  const leaving = partsOf(request.leavingServers ?? '', ',');
  // ZooKeeper foresees no text there: it fails, as on what it cannot read.
  if (!leaving.every((id) => NUMBER.test(id))) return refuse(ErrorCode.MARSHALLINGERROR);
  const servers = new Map(current.servers);
  for (const id of leaving) servers.delete(Number(id) as ServerId);
  for (const joiner of partsOf(request.joiningServers ?? '', ',')) {
    const server = parseJoiner(joiner);
    if (typeof server === 'number') return refuse(server);
    servers.set(server.id, server);
  }
  return checked(formatEnsemble({ version, servers }), version);
}

/** `server.N=host:port:port:type;host:port`, the client's address required. */
function parseJoiner(joiner: string): ServerSpecification | ErrorCode {
  const [key, value, ...rest] = partsOf(joiner, '=');
  if (key === undefined || value === undefined || rest.length > 0) return ErrorCode.BADARGUMENTS;
  const id = key.slice(key.lastIndexOf('.') + 1);
  if (!NUMBER.test(id)) return ErrorCode.MARSHALLINGERROR;
  const { server } = parseServerLine({ key: `server.${id}`, value });
  return server.clientAddress === undefined || holdsUnknown(value) ? ErrorCode.BADARGUMENTS : server;
}

/** Read back as every server will read it, so that what is proposed can be understood by all. */
function checked(text: string, version: bigint): ReconfigResult {
  if (holdsUnknown(text)) return refuse(ErrorCode.BADARGUMENTS);
  const ensemble = { ...parseEnsembleText(text), version };
  const bytesAtMost = 3 * formatEnsemble(ensemble).length;
  return bytesAtMost > MAX_CONFIGURATION_BYTES ? refuse(ErrorCode.BADARGUMENTS) : { ok: true, ensemble };
}

/** A secure port for clients, which would be lost. */
const holdsUnknown = (text: string): boolean => /;[^\n]*;[^\n]*\S/.test(text);

const refuse = (error: ErrorCode): ReconfigResult => ({ ok: false, error });

/** As StringUtils.split: without the space around the parts, and without empty parts. */
function partsOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
