// Draws the parts: lines of servers, arrows, marks, notes, and the step that broke the property.

import type { Millis, ServerId } from '@zebu/protocol';
import type { Arrow } from './arrows.ts';
import { LabelSpace, type Place } from './label-space.ts';
import type { Span } from './lifelines.ts';
import type { Mark, Note } from './marks.ts';
import { element, escapeText, title } from './markup.ts';
import type { ClientLanes } from './operations.ts';
import type { TimeAxis } from './time-axis.ts';

export interface Columns {
  readonly ruler: number;
  readonly firstLane: number;
  readonly width: number;
  x(server: ServerId): number;
  readonly between: number;
}

export const LANE_WIDTH = 12;
export const LINE_WIDTH = 12;

export class Drawing {
  readonly #axis: TimeAxis;
  readonly #columns: Columns;
  readonly #labels = new LabelSpace();
  readonly #parts: string[] = [];

  constructor(axis: TimeAxis, columns: Columns) {
    this.#axis = axis;
    this.#columns = columns;
  }

  get markup(): string {
    return this.#parts.join('\n');
  }

  ruler(): void {
    for (const { at, y } of this.#axis.ticks) {
      this.#parts.push(
        element('line', { class: 'tick', x1: this.#columns.ruler, x2: this.#columns.width, y1: y, y2: y }),
        element('text', { class: 'time', x: this.#columns.ruler - 6, y: y + 3, 'text-anchor': 'end' }, inMillis(at)),
      );
    }
  }

  folds(): void {
    for (const { top, bottom, quietMs } of this.#axis.folds) {
      const { ruler, width } = this.#columns;
      this.#parts.push(
        element(
          'g',
          { class: 'fold' },
          element('rect', { x: ruler, y: top + 6, width: width - ruler, height: bottom - top - 12 }),
          element('text', { x: ruler + 4, y: (top + bottom) / 2 + 3 }, `${inMillis(quietMs)} later`),
        ),
      );
    }
  }

  lifelines(spans: readonly Span[]): void {
    for (const { server, state, serving, paused, epoch, from, to } of spans) {
      const x = this.#columns.x(server);
      const [top, bottom] = [this.#axis.y(from), this.#axis.y(to)];
      const role = `${state}${epoch === undefined ? '' : `, epoch ${epoch}`}${serving ? ', serves clients' : ''}`;
      const words = `server ${server}: ${role}${paused ? ', paused' : ''}\n${inMillis(from)} to ${inMillis(to)}`;
      if (state === 'down') {
        this.#parts.push(element('line', { class: 'down', x1: x, x2: x, y1: top, y2: bottom }, title(words)));
        continue;
      }
      const kind = `line ${state}${serving ? ' serving' : ''}${paused ? ' paused' : ''}`;
      const box = { x: x - LINE_WIDTH / 2, y: top, width: LINE_WIDTH, height: Math.max(1, bottom - top) };
      this.#parts.push(element('rect', { class: kind, ...box }, title(words)));
    }
  }

  arrows(arrows: readonly Arrow[]): void {
    for (const arrow of arrows) this.#arrow(arrow);
  }

  marks(marks: readonly Mark[]): void {
    for (const mark of marks) {
      const [x, y] = [this.#columns.x(mark.server), this.#axis.y(mark.at)];
      const words = `${inMillis(mark.at)}  server ${mark.server} ${mark.words}`;
      this.#parts.push(element('g', { class: `mark ${mark.kind}` }, shapeOf(mark.kind, x, y), title(words)));
      if (mark.label !== undefined) this.#label(mark.label, `mark ${mark.kind}`, besides(x, y), words);
    }
  }

  notes(notes: readonly Note[]): void {
    for (const { at, kind, words } of notes) {
      const y = this.#axis.y(at);
      const { ruler, width } = this.#columns;
      this.#parts.push(element('line', { class: `note ${kind}`, x1: ruler, x2: width, y1: y, y2: y }, title(words)));
      this.#label(words, `note ${kind}`, downwards({ x: width - 6, y: y - 3, anchor: 'end' }), words);
    }
  }

  clients({ operations, marks }: ClientLanes, end: Millis): void {
    for (const { lane, from, to, words, outcome } of operations) {
      const [top, bottom] = [this.#axis.y(from), this.#axis.y(to ?? end)];
      const box = { x: this.#lane(lane) - 3, y: top, width: 6, height: Math.max(3, bottom - top) };
      const period = `${inMillis(from)} to ${to === undefined ? 'the end, without an answer' : inMillis(to)}`;
      this.#parts.push(element('rect', { class: `operation ${outcome}`, ...box }, title(`${words}\n${period}`)));
    }
    for (const { lane, at, kind, words } of marks) {
      const centre = { cx: this.#lane(lane), cy: this.#axis.y(at) };
      this.#parts.push(
        element('circle', { class: `client ${kind}`, ...centre, r: 4 }, title(`${inMillis(at)}  ${words}`)),
      );
    }
  }

  /** The step at which a property was seen to be broken. Its words have the room behind it. */
  violation(at: Millis, servers: readonly ServerId[], lane: number | undefined, lines: readonly string[]): void {
    const y = this.#axis.y(at);
    const { ruler, width } = this.#columns;
    const rings = servers.map((server) => this.#columns.x(server));
    if (lane !== undefined) rings.push(this.#lane(lane));
    this.#parts.push(
      element(
        'g',
        { class: 'violation', id: 'violation' },
        element('line', { x1: ruler, x2: width, y1: y, y2: y }),
        element('rect', { x: ruler, y: y + 16, width: width - ruler, height: violationHeight(lines) - 22 }),
        ...rings.map((cx) => element('circle', { cx, cy: y, r: 13 })),
        ...lines.map((line, index) => element('text', { x: ruler + 8, y: y + 33 + 15 * index }, escapeText(line))),
      ),
    );
  }

  #arrow({ from, to, kind, words, sentAt, receivedAt }: Arrow): void {
    const [start, end] = [this.#columns.x(from), this.#columns.x(to)];
    const direction = end > start ? 1 : -1;
    const x1 = start + (direction * LINE_WIDTH) / 2;
    const y1 = this.#axis.y(sentAt);
    const isLost = receivedAt === undefined;
    // What was lost ends in the gap before its receiver.
    const x2 = isLost ? end - direction * this.#columns.between * 0.55 : end - (direction * LINE_WIDTH) / 2;
    const y2 = isLost ? y1 + 9 : this.#axis.y(receivedAt);
    const fate = isLost ? 'lost, or not there yet at the end' : `${inMillis(sentAt)} to ${inMillis(receivedAt)}`;
    const hint = `${from} to ${to}: ${words}\n${fate}`;
    const line = element('line', { x1, y1, x2, y2, 'marker-end': isLost ? undefined : `url(#${kind})` });
    const cross = isLost ? element('path', { d: `M${x2 - 4} ${y2 - 4}l8 8m0 -8l-8 8` }) : '';
    this.#parts.push(element('g', { class: `arrow ${kind}${isLost ? ' lost' : ''}` }, line, cross, title(hint)));
    this.#label(words, `arrow ${kind}`, alongTheFirstGap({ x1, y1, x2, y2 }, this.#columns.between), hint);
  }

  #label(label: string, kind: string, places: readonly Place[], hint: string): void {
    const place = this.#labels.take(label, places);
    if (place === undefined) return;
    const { x, y, anchor } = place;
    this.#parts.push(element('text', { class: kind, x, y, 'text-anchor': anchor }, escapeText(label), title(hint)));
  }

  #lane(lane: number): number {
    return this.#columns.firstLane + lane * LANE_WIDTH;
  }
}

export const inMillis = (at: Millis): string => `${Math.round(at * 10) / 10} ms`;

function shapeOf(kind: Mark['kind'], x: number, y: number): string {
  switch (kind) {
    case 'append':
      return element('circle', { cx: x, cy: y, r: 2.5 });
    case 'flush':
      return element('circle', { cx: x, cy: y, r: 3.5 });
    case 'epoch':
      return element('path', { d: `M${x} ${y - 6}l6 6l-6 6l-6 -6z` });
    case 'apply':
      return element('line', { x1: x - 6, x2: x + 6, y1: y, y2: y });
    case 'disk':
    case 'role':
    case 'life':
      return element('rect', { x: x - 5, y: y - 3, width: 10, height: 6 });
    case 'end':
      return element('path', { d: `M${x - 8} ${y - 8}l16 16m0 -16l-16 16` });
  }
}

/** Right of the line, left of it, and a little lower. */
const besides = (x: number, y: number): Place[] =>
  [3, 13, -7, 23].flatMap((offset) => [
    { x: x + 10, y: y + offset, anchor: 'start' as const },
    { x: x - 10, y: y + offset, anchor: 'end' as const },
  ]);

const downwards = ({ x, y, anchor }: Place): Place[] =>
  [0, 12, 24, 36, 48].map((offset) => ({ x, y: y + offset, anchor }));

function alongTheFirstGap(
  { x1, y1, x2, y2 }: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number },
  between: number,
): Place[] {
  const reach = Math.min(1, between / Math.max(1, Math.abs(x2 - x1)));
  const at = (part: number, below: number): Place => ({
    x: x1 + (x2 - x1) * part * reach,
    y: y1 + (y2 - y1) * part * reach + below,
    anchor: 'middle',
  });
  return [at(0.5, -2), at(0.35, -2), at(0.65, -2), at(0.5, 10), at(0.65, 10), at(0.75, -2)];
}

export const violationHeight = (lines: readonly string[]): number => 43 + 15 * lines.length;

export function linesOf(words: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(/\s+/)) {
    if (line.length > 0 && line.length + word.length + 1 > width) {
      lines.push(line);
      line = '';
    }
    line = line.length === 0 ? word : `${line} ${word}`;
  }
  return line.length === 0 ? lines : [...lines, line];
}
