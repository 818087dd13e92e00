// What every foreign client is to the conformance run: something that may be missing here, and that gives rows of a table.

import { apacheRelease, type ApacheRelease } from '../servers/apache-jars.ts';

export interface ClientRow {
  readonly name: string;
  readonly apache: string;
  readonly zebu: string;
  /** False for a difference that no entry of docs/divergences.md explains. */
  readonly ok: boolean;
}

export interface ClientPart {
  compare(): Promise<readonly ClientRow[]>;
}

/** 3.9 where Maven is there, else Debian's 3.8; a text says why there is neither. */
export async function judge(): Promise<ApacheRelease | string> {
  const newest = await apacheRelease('3.9');
  if (typeof newest !== 'string') return newest;
  const debian = await apacheRelease('3.8');
  return typeof debian === 'string' ? `${newest}; ${debian}` : debian;
}
