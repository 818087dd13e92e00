// What every checker of a Zab property is: an observer of the model that it shares with the others. One property, one file in zab/.

import type { Millis, ServerId } from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';
import type { Checker, Violation } from './checker.ts';
import type { ZabModel } from './model/zab-model.ts';
import type { ZabObserver } from './model/zab-observer.ts';

/** A broken run breaks its properties again and again; the first few say why. */
const MAX_VIOLATIONS = 20;

export abstract class ZabChecker implements Checker {
  abstract readonly name: string;
  abstract readonly property: string;
  readonly violations: Violation[] = [];
  protected readonly model: ZabModel;

  constructor(model: ZabModel) {
    this.model = model;
    // It is one as far as it says so: a property asks for the facts that it needs.
    model.observe(this as ZabObserver);
  }

  onEvent(event: HistoryEvent, index: number): void {
    this.model.read(event, index);
  }

  atEnd(_at: Millis, _eventCount: number): void {
    // Safety shows at an event, or not at all.
  }

  protected report(message: string, servers: readonly ServerId[]): void {
    if (this.violations.length >= MAX_VIOLATIONS) return;
    const { at, eventIndex } = this.model;
    this.violations.push({ checker: this.name, at, eventIndex, message, servers });
  }
}
