// The port on which followers serve observers, of servers that prove themselves and have several addresses.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@zebu/ensemble/free-ports';
import { afterEach, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { CertificateAuthority, PASSWORD } from '../harness/certificates.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';
import { giveSecondAddress } from './second-address.ts';

let directory: string | undefined;
let ensemble: EnsembleProcesses | undefined;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

const OBSERVER = 4;
const hostOf = (id: number): string => `127.0.0.${10 + id}`;

/** Whom the observer learns at now, by its log. */
function mastersOf(observer: ServerProcess): Record<string, unknown>[] {
  const down = new Set(observer.logged('quorum link down').map((entry) => entry['link']));
  return observer.logged('quorum link up').filter((entry) => !down.has(entry['link']));
}

it('takes observers over TLS, with SASL, at the address that answers, and the next follower takes them on', async () => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-observer-master-'));
  const authority = await CertificateAuthority.create(join(directory, 'authority'));
  const addresses = ['127.0.0.1', ...[1, 2, 3, 4].map(hostOf)].map((host) => `IP:${host}`);
  const { pkcs12 } = await authority.issue('servers', { hosts: addresses.join(',') });
  const jaas = join(directory, 'jaas.conf');
  const login = 'org.apache.zookeeper.server.auth.DigestLoginModule required';
  writeFileSync(
    jaas,
    `QuorumServer { ${login} user_zebu="x"; };\nQuorumLearner { ${login} username="zebu" password="x"; };\n`,
  );
  const [masterPort] = await freePorts(1);
  ensemble = await EnsembleProcesses.create({
    servers: 4,
    observers: 1,
    hostOf,
    lines: [
      `observerMasterPort=${masterPort}`,
      'multiAddress.enabled=true',
      'sslQuorum=true',
      `ssl.quorum.keyStore.location=${pkcs12}`,
      `ssl.quorum.keyStore.password=${PASSWORD}`,
      `ssl.quorum.trustStore.location=${authority.trustStore}`,
      `ssl.quorum.trustStore.password=${PASSWORD}`,
      `java.security.auth.login.config=${jaas}`,
      'quorum.auth.enableSasl=true',
      'quorum.auth.learnerRequireSasl=true',
      'quorum.auth.serverRequireSasl=true',
    ],
  });
  for (const server of ensemble.servers) {
    giveSecondAddress(server);
    server.start();
  }
  await ensemble.serving();
  const observer = ensemble.server(OBSERVER);
  const secured = { port: 'observerMaster', tls: 'TLSv1.3', sasl: 'proven' };
  expect(mastersOf(observer)).toEqual([expect.objectContaining(secured)]);

  load = new WriteLoad(observer.address, '/secured', 2);
  await load.acknowledgedMore(50);
  const master = ensemble.server(mastersOf(observer)[0]?.['peer'] as number);
  await master.stop('SIGKILL');
  await until('the observer to move', () => mastersOf(observer).some(({ peer }) => peer !== master.id));
  await load.acknowledgedMore(50);
  expect(mastersOf(observer)).toEqual([expect.objectContaining(secured)]);
  master.start();
  await master.serving();
  await load.stop();
  await expectNothingLost(ensemble.servers, load);
}, 120_000);
