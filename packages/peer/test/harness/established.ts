// Ensembles that serve, and whoever talks to them: where tests of what an established ensemble goes through begin.

import { expect } from 'vitest';
import { type EnsembleSpecification, FakeEnsemble, TICK_MS } from './ensemble.ts';
import { TestClient } from './test-client.ts';

/** Who leads three voters that begin with equal histories. */
export const LEADER = 3;
export const LONG = { limitMs: 100 * TICK_MS };

/** Three voters that serve; what the servers did until then is forgotten. */
export function established(specification: Partial<EnsembleSpecification> = {}): FakeEnsemble {
  const ensemble = new FakeEnsemble({ voters: 3, ...specification });
  ensemble.start();
  serving(ensemble, ...ensemble.servers.keys());
  for (const server of ensemble.servers.values()) server.effects = [];
  return ensemble;
}

export const serving = (ensemble: FakeEnsemble, ...ids: number[]): void =>
  ensemble.run({ until: () => ids.every((id) => ensemble.peer(id).serving), ...LONG });

export function connected(ensemble: FakeEnsemble, server: number, session?: TestClient): TestClient {
  const client = new TestClient(ensemble, server, session);
  expect(client.connect()).toBe(true);
  return client;
}

/** Votes that were sent since the ensemble was established: there are none without an election. */
export const votes = (ensemble: FakeEnsemble): number =>
  [...ensemble.servers.values()].flatMap(({ effects }) =>
    effects.filter((effect) => effect.type === 'sendNotification' && effect.notification.state === 'LOOKING'),
  ).length;
