// The picture on the terminal, as text.

import { connectionString, HOST, type ServerLayout } from './layout.ts';
import { describeStatus, type ServerStatus } from './status.ts';

export interface BoardServer {
  readonly layout: ServerLayout;
  readonly status: ServerStatus;
}

const COLUMNS = ['server', 'clients', 'role', 'epoch', 'zxid', 'sessions', 'znodes'] as const;
const GAP = '  ';

export function renderBoard(servers: readonly BoardServer[], dataDirectory: string): string {
  const rows = servers.map(rowOf);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row.cells.length > 3 ? (row.cells[column]?.length ?? 0) : 0))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return [
    `Zebu, ${servers.length === 1 ? 'one server' : `${servers.length} servers`}, data and logs in ${dataDirectory}`,
    '',
    line(COLUMNS),
    ...rows.flatMap((row) => [line(row.cells), ...row.details.map((detail) => `        ${detail}`)]),
    '',
    ...invitation(servers.map(({ layout }) => layout)),
  ].join('\n');
}

interface Row {
  readonly cells: readonly string[];
  readonly details: readonly string[];
}

function rowOf({ layout, status }: BoardServer): Row {
  const head = [String(layout.id), `${HOST}:${layout.clientPort}`];
  if (status.type === 'serving') {
    const { role, epoch, zxid, sessions, znodes } = status;
    return { cells: [...head, role, epoch, zxid, sessions, znodes], details: [] };
  }
  if (status.type === 'exited') return { cells: [...head, status.reason], details: status.lastLogLines };
  return { cells: [...head, describeStatus(status)], details: [] };
}

/** How to get something out of it. */
export const invitation = (servers: readonly ServerLayout[]): readonly string[] => [
  `connect  ${connectionString(servers)}`,
  `try      zkCli.sh -server ${HOST}:${servers[0]?.clientPort} create /hello world`,
  'stop     Ctrl-C',
];

const UP_AND_CLEAR = (lineCount: number): string => (lineCount === 0 ? '' : `\u001b[${lineCount}A\u001b[0J`);

/** Draws over what it drew before. Lines are cut to the width of the terminal, or a wrapped one would be counted as one. */
export class BoardPainter {
  readonly #write: (text: string) => void;
  readonly #width: () => number;
  #lineCount = 0;
  #shown = '';

  constructor(write: (text: string) => void, width: () => number) {
    this.#write = write;
    this.#width = width;
  }

  draw(board: string): void {
    const width = this.#width();
    const lines = board.split('\n').map((line) => line.slice(0, width - 1));
    const text = `${lines.join('\n')}\n`;
    if (text === this.#shown) return;
    this.#write(UP_AND_CLEAR(this.#lineCount) + text);
    this.#lineCount = lines.length;
    this.#shown = text;
  }
}
