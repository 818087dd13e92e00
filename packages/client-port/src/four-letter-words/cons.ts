import type { Asked } from './asked.ts';
import { connectionLine, strangerLines } from './connection-line.ts';

/** Every client connection in full (ConsCommand). */
export function* cons(asked: Asked): Iterable<string> {
  yield* strangerLines(asked);
  for (const connection of asked.view.connections()) yield connectionLine(connection, { brief: false });
  yield '\n';
}
