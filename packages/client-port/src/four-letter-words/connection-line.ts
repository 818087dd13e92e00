// One connection in `stat` and `cons` (ServerCnxn.dumpConnectionInfo).

import type { ConnectionActivity, ConnectionView } from '@zebu/interfaces';
import { formatSessionId, formatZxid, NO_SESSION } from '@zebu/protocol';
import type { Asked } from './asked.ts';
import { formatSocketAddress } from './java-text.ts';

/** SelectionKey.OP_READ: the server is interested in what the client sends. */
const READ = 1;

export function connectionLine(connection: ConnectionView, options: { readonly brief: boolean }): string {
  const { remoteAddress, queuedCount, receivedCount, sentCount, sessionId } = connection;
  const counts = `queued=${queuedCount},recved=${receivedCount},sent=${sentCount}`;
  const details = options.brief || sessionId === NO_SESSION ? '' : sessionDetails(connection);
  return ` ${formatSocketAddress(remoteAddress)}[${READ}](${counts}${details})\n`;
}

/** Connections that have not asked for a session; the one that asks this is read no further. */
export function* strangerLines({ request }: Asked): Iterable<string> {
  for (const address of request.port.strangers()) {
    const [interest, received] = address === request.remoteAddress ? [0, 1] : [READ, 0];
    yield ` ${formatSocketAddress(address)}[${interest}](queued=0,recved=${received},sent=0)\n`;
  }
}

function sessionDetails({ sessionId, sessionTimeoutMs, activity }: ConnectionView): string {
  const timeout = `,to=${sessionTimeoutMs}`;
  const sid = `,sid=${formatSessionId(sessionId)}`;
  return `${sid},lop=${activity.lastOperation},est=${activity.establishedAt}${timeout}${activityDetails(activity)}`;
}

function activityDetails({ lastCxid, lastZxid, lastResponseAt, lastLatencyMs, latencyMs }: ConnectionActivity): string {
  const cxid = lastCxid >= 0 ? `,lcxid=0x${lastCxid.toString(16)}` : '';
  const latency = `,minlat=${whole(latencyMs.minimum)},avglat=${whole(latencyMs.average)},maxlat=${whole(latencyMs.maximum)}`;
  return `${cxid},lzxid=${formatZxid(lastZxid)},lresp=${whole(lastResponseAt)},llat=${whole(lastLatencyMs)}${latency}`;
}

const whole = (milliseconds: number): number => Math.floor(milliseconds);
