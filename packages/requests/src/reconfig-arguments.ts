// Whether a change of the ensemble can be read (PrepRequestProcessor and QuorumServer of QuorumPeer). ZooKeeper looks at it before it
// asks whether the client may change anything.

import type { ReconfigRequest } from '@zebu/jute';
import { ErrorCode } from '@zebu/protocol';

const NUMBER = /^[+-]?\d+$/;
/** host:port:port, with the type of the learner or without. */
const SERVER_ADDRESS = /^(?:\[[^\]]*\]|[^:]*):(\d+):(\d+)(?::(?:participant|observer))?$/i;
/** A port, or host:port. */
const CLIENT_ADDRESS = /^(?:(?:\[[^\]]*\]|[^:]*):)?\d+$/;

/** Why the servers that join and leave cannot be understood; OK when they can. */
export function checkReconfigArguments({ joiningServers, leavingServers, newMembers }: ReconfigRequest): ErrorCode {
  if (newMembers !== null) return ErrorCode.OK;
  // ZooKeeper foresees no text there: it fails, as on what it cannot read.
  if (!partsOf(leavingServers ?? '', ',').every((id) => NUMBER.test(id))) return ErrorCode.MARSHALLINGERROR;
  const refused = partsOf(joiningServers ?? '', ',').map(checkJoiner);
  return refused.find((error) => error !== ErrorCode.OK) ?? ErrorCode.OK;
}

/** `server.N=host:port:port:type;host:port`, the client's address required. */
function checkJoiner(joiner: string): ErrorCode {
  const [key, value, ...rest] = partsOf(joiner, '=');
  if (key === undefined || value === undefined || rest.length > 0) return ErrorCode.BADARGUMENTS;
  if (!NUMBER.test(key.slice(key.lastIndexOf('.') + 1))) return ErrorCode.MARSHALLINGERROR;
  const [server, client, ...more] = value.split(';');
  const ports = SERVER_ADDRESS.exec(server ?? '');
  const isReadable = ports !== null && ports[1] !== ports[2] && CLIENT_ADDRESS.test(client ?? '') && more.length === 0;
  return isReadable ? ErrorCode.OK : ErrorCode.BADARGUMENTS;
}

/** As StringUtils.split: without the space around the parts, and without empty parts. */
function partsOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
