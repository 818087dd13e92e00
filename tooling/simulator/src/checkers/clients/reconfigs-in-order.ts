// Changes of the ensemble, as those who ask for them see it: one behind the other, each made to the configuration that its client named, and none
// that was acknowledged is forgotten.

import type { Zxid } from '@zebu/protocol';
import { ClientChecker } from './client-checker.ts';
import { hex, nameOf, type Operation } from './client-record.ts';

interface Known {
  readonly operation: Operation;
  readonly version: bigint;
}

export class ReconfigsInOrder extends ClientChecker {
  readonly name = 'reconfigs-in-order';
  readonly property =
    'An acknowledged reconfig is made to the configuration that it names, is newer than all that were known before it was asked for, and stays known.';
  readonly #made: Known[] = [];
  /** The newest version that was known to anybody when an operation was asked for: by a reconfig, or after a sync when all is read back. */
  readonly #floors = new Map<Operation, bigint>();
  #newest = 0n;

  protected override onInvoked(operation: Operation): void {
    if (isOfEnsemble(operation)) this.#floors.set(operation, this.#newest);
  }

  protected override onReturned(operation: Operation): void {
    const { request, outcome } = operation;
    if (!isOfEnsemble(operation) || outcome?.ok !== true || outcome.configuration === undefined) return;
    const version = outcome.configuration;
    const floor = this.#floors.get(operation) ?? 0n;
    if (request.type === 'reconfig') this.#onMade({ operation, version }, floor);
    // Before, whoever reads may be behind, like any reader.
    else if (this.record.readingAt !== undefined && version < floor)
      this.blame(
        operation,
        `${nameOf(operation)} finds ${hex(version as Zxid)} in force, after ${hex(floor as Zxid)} was`,
      );
    if (version > this.#newest && request.type === 'reconfig') this.#newest = version;
  }

  #onMade(made: Known, floor: bigint): void {
    const { operation, version } = made;
    if (version <= floor)
      this.blame(
        operation,
        `${nameOf(operation)} made ${hex(version as Zxid)}, and ${hex(floor as Zxid)} was there when it was asked for`,
      );
    for (const other of this.#made) {
      this.#compare(made, other);
      this.#compare(other, made);
    }
    this.#made.push(made);
  }

  /** Nothing was made between the configuration that a reconfig names and the one that it made. */
  #compare(later: Known, between: Known): void {
    const { request } = later.operation;
    const from = request.type === 'reconfig' ? request.fromVersion : undefined;
    if (from === undefined || between.version <= from || between.version >= later.version) return;
    this.blame(
      later.operation,
      `${nameOf(later.operation)} made ${hex(later.version as Zxid)} of ${hex(from as Zxid)}, but ${hex(between.version as Zxid)} was made in between`,
    );
  }
}

const isOfEnsemble = ({ request }: Operation): boolean =>
  request.type === 'reconfig' || request.type === 'getConfiguration';
