// The number at the end of a sequential znode's name comes from its parent, which counts: later creations have higher numbers.

import { ClientChecker } from './client-checker.ts';
import { type DoneChange, hex, inOrder, mayBeDeleted, nameOf, parentOf } from './client-record.ts';

const DIGITS = 10;

export class SequenceNumbers extends ClientChecker {
  readonly name = 'sequence-numbers';
  readonly property =
    'Of the sequential znodes of one parent each has a number of its own, and later ones have higher numbers.';

  protected override judge(): void {
    const byParent = new Map<string, DoneChange[]>();
    for (const { changes, path } of this.record.paths.values()) {
      for (const change of inOrder(changes)) {
        if (!isSequential(change)) continue;
        this.#checkName(change);
        const parent = parentOf(path);
        const siblings = byParent.get(parent);
        if (siblings === undefined) byParent.set(parent, [change]);
        else siblings.push(change);
      }
    }
    for (const [parent, siblings] of byParent) {
      // Another znode in its place counts anew.
      if (!mayBeDeleted(this.record.path(parent), Number.POSITIVE_INFINITY)) this.#checkOrder(inOrder(siblings));
    }
  }

  #checkName({ operation, path, request }: DoneChange): void {
    const suffix = path.slice(request.path.length);
    if (path.startsWith(request.path) && suffix.length === DIGITS && Number.isInteger(Number(suffix))) return;
    this.blame(operation, `${nameOf(operation)} made ${path}`);
  }

  #checkOrder(siblings: readonly DoneChange[]): void {
    for (const [index, later] of siblings.entries()) {
      const earlier = siblings[index - 1];
      if (earlier === undefined || numberOf(earlier) < numberOf(later)) continue;
      this.blame(
        later.operation,
        `${later.path} of ${hex(later.zxid)} does not come after ${earlier.path} of ${hex(earlier.zxid)}`,
      );
    }
  }
}

const isSequential = ({ request }: DoneChange): boolean => request.type === 'create' && request.sequential;

const numberOf = ({ path }: DoneChange): number => Number(path.slice(-DIGITS));
