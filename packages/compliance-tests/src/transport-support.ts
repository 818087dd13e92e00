// What the suites of both transports share: fixtures, ensembles, recorders and waiting.

import type { Ensemble, LearnerType, ServerId } from '@zebu/protocol';

/** How a suite gets at one implementation. Every test sets a fixture up and tears it down. */
export interface TransportFixture<Transport> {
  /** A transport that is not started. Addresses in the ensemble are the fixture's to choose; a closed server may be created again. */
  create(self: ServerId, ensemble: Ensemble): Promise<Transport>;
  /** Breaks every connection between two servers and lets none come up until heal(). */
  sever(a: ServerId, b: ServerId): void;
  heal(a: ServerId, b: ServerId): void;
  /** How many servers outside its ensemble a transport is connected to at most; one or two will do. */
  readonly maxUnlistedServers: number;
  /** Closes what was created. */
  teardown(): Promise<void>;
}

export const serverId = (id: number): ServerId => id as ServerId;

/** Port 0 throughout: a fixture that has ports knows which. */
export function ensembleOf(ids: readonly number[], version = 0n): Ensemble {
  const role: LearnerType = 'participant';
  const address = { host: '127.0.0.1', port: 0 };
  const servers = ids.map((id) => ({ id: serverId(id), role, quorumAddress: address, electionAddress: address }));
  return { version, servers: new Map(servers.map((server) => [server.id, server])) };
}

const PATIENCE_MS = 10_000;

/** Waits for a condition; how long that takes decides nothing unless it never comes. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** With bytes as text: comparing long arrays element by element takes seconds. */
export function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(comparable);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, comparable(field)]));
}
