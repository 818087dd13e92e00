// `wchs`, `wchc`, `wchp`: who watches what (WatchCommand, WatchManager). ZooKeeper shows the watches of getData, exists and addWatch, not those
// of getChildren.

import { formatSessionId } from '@zebu/protocol';
import type { Asked } from './asked.ts';
import { indented } from './indented.ts';

export function wchs({ view }: Asked): string {
  const { connectionCount, pathCount, watchCount } = view.watchSummary();
  return `${connectionCount} connections watching ${pathCount} paths\nTotal watches:${watchCount}\n`;
}

export function* wchc({ view }: Asked): Iterable<string> {
  for (const { sessionId, paths } of view.watchesBySession()) {
    yield `${formatSessionId(sessionId)}\n`;
    yield* indented(paths);
  }
  yield '\n';
}

export function* wchp({ view }: Asked): Iterable<string> {
  for (const { path, sessionIds } of view.watchesByPath()) {
    yield `${path}\n`;
    yield* indented(sessionIds, formatSessionId);
  }
  yield '\n';
}
