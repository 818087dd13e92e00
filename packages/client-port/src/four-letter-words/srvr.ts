// `srvr` and the end of `stat`: version, counts and mode (StatCommand, ServerStats).

import type { ManagementView } from '@zebu/interfaces';
import { formatZxid } from '@zebu/protocol';
import { type Asked, connectionCount, receivedCount, sentCount } from './asked.ts';
import { formatAverage } from './java-text.ts';
import { modeOf } from './mode.ts';

export const srvr = (asked: Asked): string => heading(asked) + statistics(asked);

export function heading({ facts, view }: Asked): string {
  const version = `Zookeeper version: ${facts.version}\n`;
  return view.readOnly ? `${version}READ-ONLY mode; serving only read-only clients\n` : version;
}

export function statistics(asked: Asked): string {
  const { view } = asked;
  const { minimum, average, maximum } = view.latencyMs;
  const lines = [
    `Latency min/avg/max: ${Math.floor(minimum)}/${formatAverage(average)}/${Math.floor(maximum)}`,
    `Received: ${receivedCount(asked)}`,
    `Sent: ${sentCount(asked)}`,
    `Connections: ${connectionCount(asked)}`,
    `Outstanding: ${view.outstandingRequestCount}`,
    `Zxid: ${formatZxid(view.lastZxid)}`,
    `Mode: ${modeOf(view)}`,
    `Node count: ${view.znodeCount}`,
    ...proposalSizes(view),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Of a leader. */
function proposalSizes({ proposalSizes: sizes }: ManagementView): readonly string[] {
  return sizes === undefined ? [] : [`Proposal sizes last/min/max: ${sizes.last}/${sizes.minimum}/${sizes.maximum}`];
}
