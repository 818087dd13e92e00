// The measurements as a table of Markdown, for the terminal and for docs/scaling.md.

import type { Measurement } from './measurement.ts';

const COLUMNS = [
  'voters',
  'observers',
  'observers at',
  'link, one way',
  'write at the leader',
  'write at a follower',
  'leader lost to next write',
  'messages a write',
  'bytes a write',
  'messages a write, 100 under way',
  'bytes a write, 100 under way',
  'messages a second, idle',
] as const;

export function renderTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(rowOf);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(COLUMNS), line(COLUMNS.map(() => '---:')), ...rows.map(line)].join('\n');
}

function rowOf(measurement: Measurement): string[] {
  const { voterCount, observerCount, observersAt = 'leader', linkDelayMs } = measurement.shape;
  return [
    String(voterCount),
    String(observerCount),
    observerCount === 0 ? '' : observersAt,
    `${linkDelayMs} ms`,
    milliseconds(measurement.commitMs),
    milliseconds(measurement.followerCommitMs),
    milliseconds(measurement.electionMs),
    few(measurement.messagesPerCommit),
    whole(measurement.bytesPerCommit),
    few(measurement.busyMessagesPerCommit),
    whole(measurement.busyBytesPerCommit),
    few(measurement.idleMessagesPerSecond),
  ];
}

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const few = (value: number): string => (value < 10 ? value.toFixed(2) : String(Math.round(value)));
const whole = (value: number): string => String(Math.round(value));
