import type { ManagementView } from '@zebu/interfaces';
import { connectionLine } from './connection-line.ts';
import type { FourLetterWordFacts } from './facts.ts';
import { NOT_SERVING } from './not-serving.ts';
import { statistics, versionLine } from './srvr.ts';

/** `srvr` with a line for each client (StatCommand). */
export function stat(view: ManagementView, facts: FourLetterWordFacts): string {
  if (!view.serving) return NOT_SERVING;
  const clients = Array.from(view.connections(), (connection) => connectionLine(connection, { brief: true })).join('');
  return `${versionLine(facts)}Clients:\n${clients}\n${statistics(view)}`;
}
