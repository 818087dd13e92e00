// The connections in `dump` (NIOServerCnxnFactory.dumpConnections), by when they would be given up. ZooKeeper's factory gives a connection up
// when nothing comes for the time of its session; here the session does, which closes the connection. What is shown is that moment, rounded up as
// the factory's queue does.

import type { Millis } from '@zebu/protocol';
import { formatSessionId, NO_SESSION } from '@zebu/protocol';
import type { Asked } from './asked.ts';
import { formatDate, formatSocketAddress } from './java-text.ts';

/** Lines by the number of the interval in which their connections are given up. */
type Sets = Map<number, string[]>;

export function* connectionSets(asked: Asked): Iterable<string> {
  const { clock, configuration } = asked.facts;
  const intervalMs = configuration.sessionlessTimeoutMs;
  const sets: Sets = new Map();
  let count = 0;
  for (const { line, until } of connections(asked)) {
    addTo(sets, Math.floor(until / intervalMs) + 1, line);
    count++;
    // Nothing to say yet: only a chance for others.
    yield '';
  }
  yield `Connections Sets (${sets.size})/(${count}):\n`;
  const offset = clock.wallClock() - clock.now();
  for (const [interval, lines] of [...sets].sort(([left], [right]) => left - right)) {
    yield `${lines.length} expire at ${formatDate(interval * intervalMs + offset)}:\n`;
    yield* lines;
  }
}

interface Connection {
  readonly line: string;
  readonly until: Millis;
}

function* connections({ view, request, facts }: Asked): Iterable<Connection> {
  const { clock, configuration } = facts;
  for (const { remoteAddress, sessionId, sessionTimeoutMs, activity } of view.connections()) {
    const line = connectionLine(remoteAddress, formatSessionId(sessionId));
    const waitMs = sessionId === NO_SESSION ? configuration.sessionlessTimeoutMs : sessionTimeoutMs;
    yield { line, until: (activity.lastResponseAt || clock.now()) + waitMs };
  }
  for (const address of request.port.strangers()) {
    yield {
      line: connectionLine(address, formatSessionId(NO_SESSION)),
      until: clock.now() + configuration.sessionlessTimeoutMs,
    };
  }
}

/** NIOServerCnxn.toString. */
const connectionLine = (remoteAddress: string, session: string): string =>
  `\tip: ${formatSocketAddress(remoteAddress)} sessionId: ${session}\n`;

function addTo(sets: Sets, interval: number, line: string): void {
  const lines = sets.get(interval);
  if (lines === undefined) sets.set(interval, [line]);
  else lines.push(line);
}
