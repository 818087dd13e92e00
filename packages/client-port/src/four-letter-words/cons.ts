import type { ManagementView } from '@zebu/interfaces';
import { connectionLine } from './connection-line.ts';
import { NOT_SERVING } from './not-serving.ts';

/** Every client connection in full (ConsCommand). */
export function cons(view: ManagementView): string {
  if (!view.serving) return NOT_SERVING;
  return `${Array.from(view.connections(), (connection) => connectionLine(connection, { brief: false })).join('')}\n`;
}
