// A row of docs/client-surface.md: what must hold, and what takes it away.

import type { Client, OpenOptions } from './client.ts';
import type { Tampering } from './proxy.ts';
import type { Lines, Members } from './servers.ts';

export interface SurfaceOpenOptions extends OpenOptions {
  /** Of an ensemble, counted from 0, which is the server untold. */
  readonly server?: number;
  /** Of what leads to the server another way. */
  readonly port?: number;
}

/** What a row's test may use; everything it opens is closed behind it. */
export interface Surface {
  /** Where clients connect. Of an ensemble, the first server's. */
  readonly port: number;
  readonly ports: readonly number[];
  readonly securePort: number;
  /** The server's own. */
  readonly directory: string;
  /** A znode that exists and that is nobody else's. */
  readonly root: string;
  readonly open: (options?: SurfaceOpenOptions) => Promise<Client>;
  /** What a four-letter word is answered with. */
  readonly word: (word: string) => Promise<string>;
  /** Called when the row's test is over. */
  readonly after: (work: () => Promise<void> | void) => void;
}

export interface Row {
  /** As in the document. */
  readonly id: string;
  /** What the server that has the feature is told beside the usual. */
  readonly lines?: Lines;
  /** 1 untold. Of `ONE_OF_THREE` nobody makes the root. */
  readonly servers?: Members;
  /** What takes the feature away: other lines in the place of `lines`, or a proxy that tampers. */
  readonly without: { readonly lines: Lines } | Tampering;
  test(surface: Surface): Promise<void>;
}
