// A board that is redrawn on a terminal, plain lines anywhere else.

import { type BoardServer, BoardPainter, renderBoard } from './board.ts';
import type { Display } from './ensemble.ts';
import { describeStatus } from './status.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export const displayOn = (output: Output, dataDirectory: string): Display =>
  output.isTTY === true ? boardOn(output, dataDirectory) : linesOn(output);

function boardOn(output: Output, dataDirectory: string): Display {
  const painter = new BoardPainter(
    (text) => output.write(text),
    // Some terminals say 0 for "I do not know".
    () => (output.columns === undefined || output.columns === 0 ? 80 : output.columns),
  );
  return {
    show: (servers) => painter.draw(renderBoard(servers, dataDirectory)),
    news: () => {},
    ready: () => {},
  };
}

const linesOn = (output: Output): Display => ({
  show: () => {},
  news: ({ layout, status }: BoardServer) => {
    output.write(`server ${layout.id}: ${describeStatus(status)}\n`);
  },
  ready: (lines) => {
    output.write(lines.map((line) => `${line}\n`).join(''));
  },
});
