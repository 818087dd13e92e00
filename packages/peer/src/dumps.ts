// What four-letter words list of the tree, with sessions in the place of connections. Nothing is collected: each list is made while it is read.

import type { DataTree } from '@zebu/datatree';
import type { ConnectionId, ExpirySets, PathsOfSession, WatchedPathView, WatchSummaryView } from '@zebu/interfaces';
import { NO_SESSION, type SessionId } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';

/** Whose connection it is. */
export interface SessionsOfConnections {
  sessionOf(connection: ConnectionId): SessionId | undefined;
}

export function watchSummary(tree: DataTree): WatchSummaryView {
  const { connections, paths, watches } = tree.watchSummary();
  return { connectionCount: connections, pathCount: paths, watchCount: watches };
}

export function* watchesByPath(tree: DataTree, clients: SessionsOfConnections): Iterable<WatchedPathView> {
  for (const { path, watchers } of tree.watchesByPath()) yield { path, sessionIds: sessionsOf(watchers, clients) };
}

export function* watchesBySession(tree: DataTree, clients: SessionsOfConnections): Iterable<PathsOfSession> {
  for (const { watcher, paths } of tree.watchesByWatcher()) yield { sessionId: sessionOf(watcher, clients), paths };
}

/** Who judges the sessions of a tracker knows when they expire. */
export const expirySets = (sessions: SessionTracker): ExpirySets => ({
  sessionCount: sessions.count,
  setCount: sessions.expirySetCount,
  sets: sessions.expirySets(),
});

export function* knownSessions(
  tree: DataTree,
): Iterable<{ readonly sessionId: SessionId; readonly timeoutMs: number }> {
  for (const [sessionId, timeoutMs] of tree.sessions) yield { sessionId, timeoutMs };
}

function* sessionsOf(watchers: Iterable<number>, clients: SessionsOfConnections): Iterable<SessionId> {
  for (const watcher of watchers) yield sessionOf(watcher, clients);
}

/** A watcher is a connection; one that is being closed has no session any more. */
const sessionOf = (watcher: number, clients: SessionsOfConnections): SessionId =>
  clients.sessionOf(watcher as ConnectionId) ?? NO_SESSION;
