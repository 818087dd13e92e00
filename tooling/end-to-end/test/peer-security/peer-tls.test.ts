// TLS between real servers: a running ensemble is moved to it and back under load, and what is wrong with a certificate keeps a server out.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { CertificateAuthority, type Identity, PASSWORD } from '../harness/certificates.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';
import { fieldsOf, type Keys, roll, ROLLING_LIMIT_MS } from './rolling.ts';

let directory: string;
let authority: CertificateAuthority;
let other: CertificateAuthority;
let identity: Identity;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-peer-tls-'));
  authority = await CertificateAuthority.create(join(directory, 'authority'));
  other = await CertificateAuthority.create(join(directory, 'other'));
  identity = await authority.issue('server');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let ensemble: EnsembleProcesses | undefined;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
  [load, ensemble] = [undefined, undefined];
});

const stores = (keyStore = identity.pkcs12): Keys => ({
  'ssl.quorum.keyStore.location': keyStore,
  'ssl.quorum.keyStore.password': PASSWORD,
  'ssl.quorum.trustStore.location': authority.trustStore,
  'ssl.quorum.trustStore.password': PASSWORD,
});

/** What a port answers to whom speaks plainly; empty when it closes without a word. */
const plainAnswer = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('GET / HTTP/1.1\r\nHost: zebu\r\n\r\n'));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });

describe('an ensemble under load', () => {
  it(
    'is moved from plain to TLS and back, server by server, and loses nothing',
    async () => {
      ensemble = await EnsembleProcesses.start();
      load = new WriteLoad(ensemble.connectString, '/load', 4);
      await load.acknowledgedMore(100);
      const [first] = ensemble.servers as [ServerProcess];

      await roll(ensemble, { ...stores(), portUnification: 'true' }, load);
      expect(fieldsOf(first, 'tls')).toEqual(new Set(['none']));
      await roll(ensemble, { sslQuorum: 'true' }, load);
      await roll(ensemble, { portUnification: undefined }, load);
      for (const server of ensemble.servers) {
        expect(fieldsOf(server, 'tls')).toEqual(new Set(['TLSv1.3']));
        for (const port of [server.ports.election, server.ports.quorum]) expect(await plainAnswer(port)).toBe('');
      }

      await roll(ensemble, { portUnification: 'true' }, load);
      await roll(ensemble, { sslQuorum: undefined }, load);
      await roll(ensemble, { portUnification: undefined }, load);
      expect(fieldsOf(first, 'tls')).toEqual(new Set(['none']));
      expect(await plainAnswer(first.ports.quorum)).toContain('426 Upgrade Required');
      await load.stop();
      await expectNothingLost(ensemble.servers, load);
    },
    ROLLING_LIMIT_MS,
  );
});

describe('a server with the wrong certificate', () => {
  it.each([
    ['of another authority', () => other.issue('stranger'), 'its certificate is not trusted (UNABLE_TO_VERIFY'],
    [
      'out of date',
      () => authority.issue('expired', { expired: true }),
      'its certificate is not trusted (CERT_HAS_EXPIRED)',
    ],
    ['of another host', () => authority.issue('elsewhere', { hosts: 'IP:192.0.2.1' }), 'not that of its address'],
  ])('(%s) stays outside until its files are put right, and harms nobody', async (_name, issue, problem) => {
    ensemble = await EnsembleProcesses.create({ lines: ['sslQuorum=true', 'sslQuorumReloadCertFiles=true'] });
    const wrong = await issue();
    const keyStore = join(ensemble.directory, 'outsider.p12');
    copyFileSync(wrong.pkcs12, keyStore);
    for (const server of ensemble.servers) {
      server.reconfigure(server.id === 3 ? stores(keyStore) : stores());
      server.start();
    }
    const [one, two, outsider] = ensemble.servers as [ServerProcess, ServerProcess, ServerProcess];
    await Promise.all([one.serving(), two.serving()]);
    load = new WriteLoad([one.address, two.address].join(','), '/load', 2);
    await load.acknowledgedMore(50);
    await until('the others to say why', () => one.log().includes(problem) || two.log().includes(problem));
    // It believes the others, or hears from them alone: in either case it says what it was about.
    await until('the outsider to say that it is kept out', () => outsider.log().includes('cannot reach server'));
    expect(await outsider.mode()).toBeUndefined();
    for (const server of ensemble.servers) expect(server.log()).not.toContain(PASSWORD);

    copyFileSync(identity.pkcs12, keyStore);
    await outsider.serving();
    await load.acknowledgedMore(50);
    await load.stop();
    await expectNothingLost(ensemble.servers, load);
  });

  it('and with none that can be read does not start', async () => {
    ensemble = await EnsembleProcesses.create({ servers: 3, lines: ['sslQuorum=true'] });
    const [server] = ensemble.servers as [ServerProcess];
    server.reconfigure({ ...stores(), 'ssl.quorum.keyStore.password': 'hunter2' });
    server.start();
    expect(await server.exited()).toBe(2);
    expect(server.log()).toMatch(/ssl\.quorum\.keyStore\.location=\S+: the password does not fit; correct ssl\.quorum/);
    expect(server.log()).not.toContain('hunter2');
    server.reconfigure({ 'ssl.quorum.keyStore.location': '/etc/zookeeper/server.jks' });
    server.start();
    expect(await server.exited()).toBe(2);
    expect(server.log()).toContain('convert it with `keytool -importkeystore');
  });
});
