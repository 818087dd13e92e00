// `srvr` and the end of `stat`: version, counts and mode (StatCommand, ServerStats).

import type { ManagementView } from '@zebu/interfaces';
import { formatZxid } from '@zebu/protocol';
import type { FourLetterWordFacts } from './facts.ts';
import { formatAverage } from './java-text.ts';
import { modeOf } from './mode.ts';
import { NOT_SERVING } from './not-serving.ts';

export const srvr = (view: ManagementView, facts: FourLetterWordFacts): string =>
  view.serving ? versionLine(facts) + statistics(view) : NOT_SERVING;

export const versionLine = (facts: FourLetterWordFacts): string => `Zookeeper version: ${facts.version}\n`;

export function statistics(view: ManagementView): string {
  const { minimum, average, maximum } = view.latencyMs;
  const lines = [
    `Latency min/avg/max: ${Math.floor(minimum)}/${formatAverage(average)}/${Math.floor(maximum)}`,
    `Received: ${view.packetsReceivedCount}`,
    `Sent: ${view.packetsSentCount}`,
    `Connections: ${view.connectionCount}`,
    `Outstanding: ${view.outstandingRequestCount}`,
    `Zxid: ${formatZxid(view.lastZxid)}`,
    `Mode: ${modeOf(view)}`,
    `Node count: ${view.znodeCount}`,
    ...(view.state === 'LEADING' && !view.standalone ? [proposalSizes(view)] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** -1 for "none yet" (BufferStats). */
function proposalSizes({ proposalSizes: sizes }: ManagementView): string {
  return `Proposal sizes last/min/max: ${sizes?.last ?? -1}/${sizes?.minimum ?? -1}/${sizes?.maximum ?? -1}`;
}
