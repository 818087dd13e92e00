// A history as a space-time diagram: one self-contained page. Servers are lines, time runs down, messages are arrows.

import type { Millis, ServerId } from '@zebu/protocol';
import type { Violation } from '../checkers/checker.ts';
import type { HistoryEvent } from '../history/event.ts';
import { type Arrow, pairMessages } from './arrows.ts';
import { type Columns, Drawing, inMillis, LANE_WIDTH, linesOf, violationHeight } from './drawing.ts';
import { lifelinesOf } from './lifelines.ts';
import { marksOf, notesOf } from './marks.ts';
import { type ClientLanes, clientLanesOf, usedLanes } from './operations.ts';
import { headOf, pageOf } from './page.ts';
import { timeAxis } from './time-axis.ts';
import { type DiagramWindow, windowOf } from './window.ts';

export interface DiagramOptions {
  readonly title: string;
  /** Untold: as much of what comes before `to` as fits. */
  readonly from?: Millis;
  /** Untold: a moment behind the violation, or the end. */
  readonly to?: Millis;
  readonly violation?: Violation;
}

export function renderDiagram(history: readonly HistoryEvent[], options: DiagramOptions): string {
  const { violation } = options;
  const window = windowOf(history, options);
  const servers = serversOf(history);
  const { arrows, pingCount } = pairMessages(history);
  const lanes = usedLanes(within(clientLanesOf(history), window));
  const columns = columnsFor(servers, lanes.clients.length);
  const shown = arrows.filter((arrow) => isWithin(arrow, window));
  const marks = marksOf(history).filter(({ at }) => isIn(at, window));
  const notes = notesOf(history).filter(({ at }) => isIn(at, window));
  const breach =
    violation === undefined ? undefined : { at: clip(violation.at, window), lines: wordsOf(violation, columns.width) };
  const room = breach && { after: breach.at, height: violationHeight(breach.lines) };
  const moments = [
    window.from,
    ...shown.flatMap(({ sentAt, receivedAt }) => [sentAt, receivedAt ?? sentAt].map((at) => clip(at, window))),
    ...marks.map(({ at }) => at),
    ...notes.map(({ at }) => at),
    ...lanes.operations.flatMap(({ from, to }) => [from, to ?? from].map((at) => clip(at, window))),
    ...lanes.marks.map(({ at }) => at),
    ...(breach === undefined ? [] : [breach.at]),
  ];
  const axis = timeAxis(moments, room);
  const drawing = new Drawing(axis, columns);
  drawing.ruler();
  drawing.folds();
  const spans = lifelinesOf(history, servers, window.to).filter(
    ({ from, to }) => from <= window.to && to >= window.from,
  );
  drawing.lifelines(spans.map((span) => ({ ...span, from: clip(span.from, window), to: clip(span.to, window) })));
  drawing.notes(notes);
  drawing.marks(marks);
  drawing.clients(lanes, window.to);
  drawing.arrows(shown);
  if (violation !== undefined && breach !== undefined) {
    const lane = laneOf(history[violation.eventIndex], lanes);
    drawing.violation(breach.at, violation.servers, lane, breach.lines);
  }
  return pageOf({
    title: options.title,
    remarks: remarksOf(history, window, pingCount),
    violation: violation && `At ${inMillis(violation.at)}, ${violation.checker}: ${violation.message}`,
    heads: [
      ...(lanes.clients.length === 0
        ? []
        : [{ x: columns.firstLane + ((lanes.clients.length - 1) * LANE_WIDTH) / 2, words: 'clients' }]),
      ...servers.map((server) => ({ x: columns.x(server), words: headOf(server, isObserver(history, server)) })),
    ],
    width: columns.width,
    height: axis.height,
    drawing: drawing.markup,
  });
}

const wordsOf = ({ checker, message }: Violation, width: number): string[] =>
  linesOf(`${checker}: ${message}`, Math.floor((width - RULER) / 7.5));

const RULER = 64;
const WIDE = 210;
const NARROW = 150;

function columnsFor(servers: readonly ServerId[], laneCount: number): Columns {
  const between = servers.length > 5 ? NARROW : WIDE;
  const firstLane = RULER + 24;
  const first = firstLane + laneCount * LANE_WIDTH + 110;
  return {
    ruler: RULER,
    firstLane,
    between,
    width: first + servers.length * between,
    x: (server) => first + Math.max(0, servers.indexOf(server)) * between,
  };
}

function serversOf(history: readonly HistoryEvent[]): ServerId[] {
  const servers = new Set<ServerId>();
  for (const event of history) {
    if ('server' in event) servers.add(event.server);
    if ('to' in event) servers.add(event.from).add(event.to);
  }
  return [...servers].sort((left, right) => left - right);
}

const isObserver = (history: readonly HistoryEvent[], server: ServerId): boolean =>
  history.some((event) => event.type === 'role' && event.server === server && event.state === 'OBSERVING');

function remarksOf(history: readonly HistoryEvent[], { from, to }: DiagramWindow, pingCount: number): string[] {
  const [first, last] = [history[0]?.at ?? 0, history[history.length - 1]?.at ?? 0];
  const part = from > first || to < last ? `, of ${inMillis(first)} to ${inMillis(last)}` : '';
  return [
    `${history.length} events. Shown: ${inMillis(from)} to ${inMillis(to)}${part}. ${pingCount} PINGs are not drawn.`,
  ];
}

const isIn = (at: Millis, { from, to }: DiagramWindow): boolean => at >= from && at <= to;
const clip = (at: Millis, { from, to }: DiagramWindow): Millis => Math.min(to, Math.max(from, at));

/** Sent or received in it. */
const isWithin = ({ sentAt, receivedAt }: Arrow, window: DiagramWindow): boolean =>
  isIn(sentAt, window) || (receivedAt !== undefined && isIn(receivedAt, window));

function within({ clients, operations, marks }: ClientLanes, window: DiagramWindow): ClientLanes {
  return {
    clients,
    operations: operations
      .filter(({ from, to }) => from <= window.to && (to ?? window.to) >= window.from)
      .map((operation) => ({
        ...operation,
        from: clip(operation.from, window),
        to: operation.to === undefined ? undefined : clip(operation.to, window),
      })),
    marks: marks.filter(({ at }) => isIn(at, window)),
  };
}

function laneOf(event: HistoryEvent | undefined, { clients }: ClientLanes): number | undefined {
  if (event === undefined || !('client' in event)) return undefined;
  const lane = clients.indexOf(event.client);
  return lane < 0 ? undefined : lane;
}
