// When writes were answered, and for how long none was. Reported; no verdict hangs on it.

import type { HistoryEvent } from '@zebu/simulator/clients';

const WRITES: ReadonlySet<string> = new Set(['create', 'setData', 'delete', 'multi']);

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export const lengthOf = ({ fromMs, toMs }: Stretch): number => toMs - fromMs;

export class Availability {
  readonly #writes = new Set<string>();
  /** When writes were acknowledged, in order. */
  readonly acknowledgedAt: number[] = [];

  onEvent(event: HistoryEvent): void {
    if (event.type === 'invoked' && WRITES.has(event.request.type)) {
      this.#writes.add(`${event.client} ${event.operation}`);
    } else if (event.type === 'returned' && this.#writes.delete(`${event.client} ${event.operation}`)) {
      if (event.outcome.ok) this.acknowledgedAt.push(event.at);
    }
  }

  get count(): number {
    return this.acknowledgedAt.length;
  }

  /** Stretches within these bounds in which no write was acknowledged. */
  gaps({ fromMs, toMs }: Stretch): Stretch[] {
    const within = this.acknowledgedAt.filter((at) => at > fromMs && at < toMs);
    const bounds = [fromMs, ...within, toMs];
    return bounds.slice(1).map((at, index) => ({ fromMs: bounds[index] as number, toMs: at }));
  }

  longestGapMs(bounds: Stretch): number {
    return Math.max(0, ...this.gaps(bounds).map(lengthOf));
  }
}
