// From time to height. Time is stretched where much happens and folded where nothing does, so a page shows what happened and not how long it took.

import type { Millis } from '@zebu/protocol';

export interface Fold {
  readonly top: number;
  readonly bottom: number;
  readonly quietMs: Millis;
}

export interface TimeAxis {
  readonly height: number;
  readonly folds: readonly Fold[];
  /** Of the moments that were given, for the ruler. */
  readonly ticks: readonly { readonly at: Millis; readonly y: number }[];
  y(at: Millis): number;
}

export const FOLD_ABOVE_MS = 40;
const FOLD_HEIGHT = 30;
const LEAST = 5;
const PER_MS = 7;
const MOST = 60;
/** Between times on the ruler. */
const TICK_HEIGHT = 46;

/** Free height behind a moment, for what is written there. */
export interface Room {
  readonly after: Millis;
  readonly height: number;
}

export function timeAxis(moments: Iterable<Millis>, room?: Room): TimeAxis {
  const times = [...new Set(moments)].sort((left, right) => left - right);
  const heights: number[] = [];
  const folds: Fold[] = [];
  const ticks: { at: Millis; y: number }[] = [];
  let height = 0;
  for (const [index, at] of times.entries()) {
    const elapsed = index === 0 ? 0 : at - (times[index - 1] as Millis);
    if (room !== undefined && index > 0 && times[index - 1] === room.after) height += room.height;
    if (elapsed > FOLD_ABOVE_MS) {
      folds.push({ top: height, bottom: height + FOLD_HEIGHT, quietMs: elapsed });
      height += FOLD_HEIGHT;
    } else if (index > 0) {
      height += Math.min(MOST, LEAST + elapsed * PER_MS);
    }
    heights.push(height);
    const lastTick = ticks[ticks.length - 1];
    if (lastTick === undefined || height - lastTick.y >= TICK_HEIGHT) ticks.push({ at, y: height });
  }
  if (room !== undefined && times[times.length - 1] === room.after) height += room.height;
  return { height, folds, ticks, y: (at) => interpolate(times, heights, at) };
}

function interpolate(times: readonly Millis[], heights: readonly number[], at: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as Millis) <= at) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const [before, after] = [times[low - 1] as Millis, times[low]];
  const base = heights[low - 1] as number;
  if (after === undefined || at === before) return base;
  return base + (((heights[low] as number) - base) * (at - before)) / (after - before);
}
