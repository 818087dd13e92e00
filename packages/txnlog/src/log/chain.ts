// Follows the txns from run to run and from file to file, to see what of the log is one history.

import type { Zxid } from '@zebu/protocol';
import { baseOf, joins, missing, UNKNOWN } from './joins.ts';
import { firstOf, lastOf, type LogFile } from './log-file.ts';
import type { Scan } from './log-scan.ts';
import { certainPredecessor, maxZxid } from './zxid-order.ts';

export interface Chain {
  /** Behind it every txn is there. */
  readonly floor: Zxid;
  readonly last: Zxid;
  /** Index of the file that the history begins in. */
  readonly firstChecked: number;
  /** Why the history cannot reach farther back; undefined when older files might continue it. */
  readonly end: Error | undefined;
}

/** Txns that the newest snapshot does not cover are missing: the log is useless. */
export interface Gap {
  readonly previous: Zxid;
  readonly next: Zxid;
  /** The file that ends too early. */
  readonly fileBefore: TracedFile | undefined;
}

type TracedFile = LogFile & { readonly scan: Scan };

interface Start {
  readonly next: Zxid;
  readonly link: Zxid;
  readonly fileIndex: number;
}

export function traceChain<File extends TracedFile>(
  files: readonly File[],
  snapshot: Zxid,
  snapshots: readonly Zxid[],
): Chain | { readonly gap: Gap & { readonly fileBefore: File | undefined } } {
  let previous: Zxid | undefined;
  let fileBefore: File | undefined;
  let chain: Chain = { floor: snapshot, last: snapshot, firstChecked: files.length, end: undefined };
  for (const [fileIndex, file] of files.entries()) {
    const index = file.scan.index;
    for (const [runIndex, run] of (index?.runs ?? []).entries()) {
      const start: Start = {
        next: firstOf(run),
        link: runIndex === 0 ? (index?.previous ?? UNKNOWN) : UNKNOWN,
        fileIndex,
      };
      if (previous === undefined || !joins({ ...start, previous, snapshots })) {
        const begun = begin(start, previous, { snapshot, snapshots });
        if (begun === undefined)
          return { gap: { previous: maxZxid(previous ?? snapshot, snapshot), next: start.next, fileBefore } };
        chain = begun;
      }
      previous = lastOf(run);
      fileBefore = file;
    }
  }
  return finish(chain, previous, { snapshot, fileCount: files.length });
}

/** The history begins anew at `start`, whose predecessor is not in the files; undefined when the snapshot does not make up for it. */
function begin(
  start: Start,
  previous: Zxid | undefined,
  base: { readonly snapshot: Zxid; readonly snapshots: readonly Zxid[] },
): Chain | undefined {
  const { next, link, fileIndex } = start;
  const common = {
    last: next,
    firstChecked: fileIndex,
    end: previous === undefined ? undefined : missing(previous, next),
  };
  if (next > base.snapshot) {
    const covered =
      (previous === undefined || previous < base.snapshot) &&
      joins({ ...start, previous: base.snapshot, snapshots: base.snapshots });
    return covered ? { ...common, floor: base.snapshot } : undefined;
  }
  if (previous !== undefined) return { ...common, floor: baseOf(next, link, base.snapshots) };
  return { ...common, floor: link !== UNKNOWN ? link : (certainPredecessor(next) ?? next) };
}

function finish(
  chain: Chain,
  last: Zxid | undefined,
  base: { readonly snapshot: Zxid; readonly fileCount: number },
): Chain {
  if (last !== undefined && last >= base.snapshot) return { ...chain, last };
  // The snapshot is newer than the log: its history has to be taken from elsewhere (ZooKeeper after a SNAP).
  const end = last === undefined ? undefined : missing(last, base.snapshot);
  return { floor: base.snapshot, last: base.snapshot, firstChecked: base.fileCount, end };
}
