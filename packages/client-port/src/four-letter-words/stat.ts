import type { Asked } from './asked.ts';
import { connectionLine, strangerLines } from './connection-line.ts';
import { heading, statistics } from './srvr.ts';

/** `srvr` with a line for each client (StatCommand). */
export function* stat(asked: Asked): Iterable<string> {
  yield `${heading(asked)}Clients:\n`;
  yield* strangerLines(asked);
  for (const connection of asked.view.connections()) yield connectionLine(connection, { brief: true });
  yield `\n${statistics(asked)}`;
}
