// A script is what one seed does: steps of plain values, taken one after the other, so that any part of it can be replayed.
// Paths that start with `~` lie below the run's own root; a zxid in a script is that after the step of this number.

import type { PlainRequest, Request } from '../raw/index.ts';

export type Mangling =
  /** Cuts the record short by so many bytes. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  | { readonly kind: 'append'; readonly bytes: string }
  /** Overwrites the first four bytes of the record: most often a length. */
  | { readonly kind: 'overwrite'; readonly value: number };

export type Step =
  | {
      readonly do: 'open';
      readonly client: string;
      readonly server: number;
      readonly timeoutMs: number;
      readonly readOnly: boolean | 'omitted';
    }
  | {
      readonly do: 'reattach';
      readonly client: string;
      readonly server: number;
      readonly timeoutMs: number;
      readonly password: 'right' | 'wrong' | 'empty';
      readonly lastZxidSeen: 'own' | 'none' | 'ahead';
    }
  /** Ends the connection and leaves the session. */
  | { readonly do: 'drop'; readonly client: string }
  /** Ends the connection and waits until the server has expired the session. */
  | { readonly do: 'expire'; readonly client: string }
  /** All requests are sent before the first reply is awaited. */
  | { readonly do: 'call'; readonly client: string; readonly requests: readonly Request[] }
  /** Sent over the connection that the client had before it reattached. */
  | { readonly do: 'callOverOldConnection'; readonly client: string; readonly request: Request }
  | { readonly do: 'mangled'; readonly client: string; readonly request: Request; readonly mangling: Mangling }
  /** Any bytes, in hex, straight onto the socket. */
  | { readonly do: 'bytes'; readonly client: string; readonly bytes: string };

export interface Script {
  readonly seed: number;
  readonly servers: number;
  readonly steps: readonly Step[];
}

/** The requests of a step, for counting. */
export function requestsOf(step: Step): readonly Request[] {
  if (step.do === 'call') return step.requests;
  return step.do === 'callOverOldConnection' || step.do === 'mangled' ? [step.request] : [];
}

/** What a run knows and a script does not. */
export interface RunFacts {
  readonly root: string;
  /** The server's last zxid after each step that was taken. */
  readonly zxids: readonly bigint[];
  /** Undefined on a standalone server, and where no request needs it. */
  readonly configuration?: Configuration | undefined;
}

export interface Configuration {
  /** The lines of the ensemble as they were when the run began. */
  readonly members: string;
  /** What it is now. */
  readonly version: bigint;
}

/** In a script's reconfig: the lines of the ensemble as they were when the run began, and its version of now. */
export const MEMBERS = '{members}';
export const CURRENT_CONFIG = -1000n;

/** A zxid that is always to come. */
export const FUTURE = 1n << 40n;

/** Puts the run's own root and zxids into a request. */
export function resolveRequest(request: Request, run: RunFacts): Request {
  if (request.op === 'multi' || request.op === 'multiRead') {
    return { ...request, ops: request.ops.map((op) => resolveRequest(op, run) as PlainRequest) };
  }
  const fields = Object.entries(request).map(([name, value]) => [name, resolveField(name, value, run)]);
  return Object.fromEntries(fields) as Request;
}

function resolveField(name: string, value: unknown, { root, zxids, configuration }: RunFacts): unknown {
  if (name === 'newMembers' && typeof value === 'string') return value.replace(MEMBERS, configuration?.members ?? '');
  if (name === 'curConfigId') return value === CURRENT_CONFIG ? (configuration?.version ?? 0n) : value;
  if (name === 'relativeZxid') return value === FUTURE ? value : (zxids[Number(value)] ?? 0n);
  if (name === 'path' || name === 'prefixPath') return typeof value === 'string' ? resolvePath(value, root) : value;
  if (name.endsWith('Watches') && Array.isArray(value)) {
    return value.map((path: unknown) => (typeof path === 'string' ? resolvePath(path, root) : path));
  }
  return value;
}

const QUOTA = '/zookeeper/quota';

/** `~/a` is the run's own; `/zookeeper/quota~/a` is the place of its quota. */
export function resolvePath(path: string, root: string): string {
  if (path.startsWith('~')) return root + path.slice(1);
  return path.startsWith(`${QUOTA}~`) ? `${QUOTA}${root}${path.slice(QUOTA.length + 1)}` : path;
}
