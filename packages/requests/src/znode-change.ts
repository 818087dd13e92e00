// Steps that several writes share: where a znode hangs, and what its coming and going does to its parent.

import type { ChangeOverlay } from './change-overlay.ts';
import { ChangeRecord, type Znode } from './change-record.ts';
import type { PrepContext } from './prep-context.ts';

export const changeOf = (path: string, context: PrepContext): ChangeRecord =>
  new ChangeRecord(path, context.zxidHigh, context.zxidLow);

/** As it stands, before the path is validated (validatePathForCreate); undefined when there is none. */
export function parentOf(path: string): string | undefined {
  const lastSlash = path.lastIndexOf('/');
  if (lastSlash < 0 || path.includes('\0')) return undefined;
  return lastSlash === 0 ? '/' : path.slice(0, lastSlash);
}

/** DataTree.isSpecialPath: they cannot be deleted. */
const SPECIAL_PATHS: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

/** The parent of what may be deleted (getParentPathAndValidate). */
export const deletableParentOf = (path: string): string | undefined =>
  SPECIAL_PATHS.has(path) ? undefined : parentOf(path);

/** A child came or went: cversion counts creations alone. Returns it as it was stored. */
export function countChild(
  overlay: ChangeOverlay,
  path: string,
  { parent, children }: { readonly parent: Znode; readonly children: 1 | -1 },
  context: PrepContext,
): ChangeRecord {
  const change = changeOf(path, context).copy(parent);
  change.childCount += children;
  if (children === 1) change.cversion = (parent.cversion + 1) | 0;
  change.setPzxid();
  overlay.put(change, parent);
  return change;
}
