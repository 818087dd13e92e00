// What a step brought, for each client in the order of arrival, as the server sent it.

import type { Connected, Reply, Request, WatchEvent } from '../raw/index.ts';

export type Observed =
  | { readonly kind: 'reply'; readonly request: Request | undefined; readonly reply: Reply }
  | { readonly kind: 'event'; readonly event: WatchEvent }
  | { readonly kind: 'connected'; readonly connected: Connected }
  /** The server ended the connection. */
  | { readonly kind: 'closed' }
  /** No reply and no end within the limit. */
  | { readonly kind: 'silence' }
  /** The step could not be taken: its client has no connection, or no session. */
  | { readonly kind: 'impossible' };

/** By client; those to whom nothing happened are left out. */
export type Observation = Readonly<Record<string, readonly Observed[]>>;

export interface Trace {
  readonly root: string;
  /** The zxid of the root's creation. */
  readonly baseZxid: bigint;
  /** The lines of the ensemble as they were then. */
  readonly members: string;
  /** One for each step. */
  readonly observations: readonly Observation[];
  /** The server's last zxid after each step. */
  readonly zxids: readonly bigint[];
}
