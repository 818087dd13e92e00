// Ways to take and to restore a snapshot.

import type { Zxid } from '@zebu/protocol';
import { type DataTree, type SnapshotCursor, SnapshotRestorer } from '../../src/index.ts';

export function takeAll(cursor: SnapshotCursor, maxBytes = 100): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = cursor.next(maxBytes); chunk !== undefined; chunk = cursor.next(maxBytes)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

export function restoreBody(body: Uint8Array, zxid: bigint, cuts: readonly number[] = []): DataTree {
  const restorer = new SnapshotRestorer();
  const ends = [...cuts.filter((cut) => cut < body.length), body.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    restorer.push(body.subarray(start, end));
    start = end;
  }
  return restorer.finish(zxid as Zxid);
}
