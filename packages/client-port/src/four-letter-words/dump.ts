// `dump`: sessions and when they expire, their ephemerals, and connections (DumpCommand).

import type { ExpirySet, ExpirySets } from '@zebu/interfaces';
import { formatSessionId } from '@zebu/protocol';
import type { Asked } from './asked.ts';
import { connectionSets } from './connection-sets.ts';
import { indented } from './indented.ts';
import { formatDate } from './java-text.ts';

export function* dump(asked: Asked): Iterable<string> {
  yield 'SessionTracker dump:\n';
  yield* sessions(asked);
  yield 'ephemeral nodes dump:\n';
  yield* ephemerals(asked);
  yield 'Connections dump:\n';
  yield* connectionSets(asked);
}

/** SessionTrackerImpl where sessions are judged, LearnerSessionTracker elsewhere; local sessions come first. */
function* sessions({ view, facts }: Asked): Iterable<string> {
  const known = view.sessionDump();
  const wallClockOffset = facts.clock.wallClock() - facts.clock.now();
  if (known.local !== undefined) {
    yield 'Local ';
    yield* expirySets(known.local, wallClockOffset);
  }
  if (known.type === 'expiring') {
    if (known.local !== undefined) yield 'Global ';
    yield* expirySets(known, wallClockOffset);
  } else {
    yield `Global Sessions(${known.sessionCount}):\n`;
    for (const { sessionId, timeoutMs } of known.sessions) yield `${formatSessionId(sessionId)}\t${timeoutMs}ms\n`;
  }
}

function* expirySets({ setCount, sessionCount, sets }: ExpirySets, wallClockOffset: number): Iterable<string> {
  yield `Session Sets (${setCount})/(${sessionCount}):\n`;
  for (const set of sets) yield expirySet(set, wallClockOffset);
}

function expirySet({ expiresAt, sessionIds }: ExpirySet, wallClockOffset: number): string {
  const heading = `${sessionIds.length} expire at ${formatDate(expiresAt + wallClockOffset)}:\n`;
  return heading + sessionIds.map((sessionId) => `\t${formatSessionId(sessionId)}\n`).join('');
}

function* ephemerals({ view }: Asked): Iterable<string> {
  yield `Sessions with Ephemerals (${view.ephemeralOwnerCount}):\n`;
  for (const { sessionId, paths } of view.ephemeralsBySession()) {
    yield `${formatSessionId(sessionId)}:\n`;
    yield* indented(paths);
  }
}
