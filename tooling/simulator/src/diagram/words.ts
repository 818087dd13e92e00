// How facts are put in few characters: zxids in halves, packets by type and zxid.

import { formatSessionId, type ServerId, type Zxid } from '@zebu/protocol';
import type { ClientOutcome, ClientRequest, MessageFact, PacketSummary, TxnSummary } from '../history/event.ts';

/** Epoch and counter in hexadecimal: `3:1a` for 0x30000001a. */
export const shortZxid = (zxid: Zxid): string =>
  zxid < 0n ? 'none' : `${(zxid >> 32n).toString(16)}:${(zxid & 0xffff_ffffn).toString(16)}`;

export function txnsInWords(txns: readonly TxnSummary[]): string {
  const [first, last] = [txns[0], txns[txns.length - 1]];
  if (first === undefined || last === undefined) return 'nothing';
  return txns.length === 1 ? shortZxid(first.zxid) : `${shortZxid(first.zxid)}..${shortZxid(last.zxid)}`;
}

export function packetInWords({ type, zxid, epoch, txns, number }: PacketSummary): string {
  const words: string[] = [type];
  if (epoch !== undefined) words.push(`e${epoch}`);
  if (zxid !== undefined) words.push(shortZxid(zxid));
  if (txns !== undefined) words.push(txnsInWords(txns));
  if (number !== undefined) words.push(`#${number}`);
  return words.join(' ');
}

export function messageInWords(fact: MessageFact): string {
  if ('packet' in fact) return packetInWords(fact.packet);
  const { leader, zxid, peerEpoch } = fact.vote;
  return `${fact.state} for ${leader} (e${peerEpoch} ${shortZxid(zxid)})`;
}

export function requestInWords(request: ClientRequest): string {
  switch (request.type) {
    case 'create': {
      const kinds = [
        request.ephemeral ? ' ephemeral' : '',
        request.sequential ? ' sequential' : '',
        request.container === true ? ' container' : '',
        request.ttlMs === undefined ? '' : ` for ${request.ttlMs} ms`,
      ];
      return `create${kinds.join('')} ${request.path} = ${request.data}`;
    }
    case 'setData':
      return `setData ${request.path} = ${request.data}, version ${request.version}`;
    case 'delete':
    case 'check':
      return `${request.type} ${request.path}, version ${request.version}`;
    case 'multi':
      return `multi [${request.operations.map(requestInWords).join('; ')}]`;
    case 'getData':
    case 'exists':
    case 'getChildren':
    case 'addWatch': {
      const watch = request.watch === undefined ? '' : `, watch ${request.watch}`;
      return `${request.type} ${request.path}${watch}`;
    }
    case 'sync':
    case 'getEphemerals':
      return `${request.type} ${request.path}`;
    case 'reconfig': {
      const from = request.fromVersion === undefined ? '' : ` from version ${shortZxid(request.fromVersion as Zxid)}`;
      return `reconfig${from}: ${request.change}`;
    }
    case 'getConfiguration':
    case 'closeSession':
      return request.type;
  }
}

export function outcomeInWords(outcome: ClientOutcome): string {
  const zxid = outcome.zxid === undefined ? '' : ` at ${shortZxid(outcome.zxid)}`;
  if (!outcome.ok) return `${outcome.error}${zxid}`;
  const found = [
    outcome.path,
    outcome.data === undefined ? undefined : `= ${outcome.data ?? 'null'}`,
    outcome.children === undefined ? undefined : `[${outcome.children.join(', ')}]`,
    outcome.configuration === undefined ? undefined : `configuration ${shortZxid(outcome.configuration as Zxid)}`,
    outcome.stat === undefined ? undefined : `version ${outcome.stat.version}`,
  ].filter((part) => part !== undefined);
  return `ok${zxid}${found.length === 0 ? '' : `: ${found.join(' ')}`}`;
}

export const serversInWords = (servers: readonly ServerId[]): string =>
  servers.length === 0 ? 'no server' : `server${servers.length === 1 ? '' : 's'} ${servers.join(', ')}`;

export const sessionInWords = formatSessionId;
