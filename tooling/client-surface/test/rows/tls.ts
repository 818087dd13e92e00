// Encrypted connections, and who a certificate says the client is.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import type { Client } from '../harness/client.ts';
import type { Row, Surface } from '../harness/row.ts';
import { bridgeTo, shownName, type TlsClient } from '../harness/tls-bridge.ts';
import { STORE_PASSWORD, tlsFile } from '../harness/tls-files.ts';
import { eventually } from '../harness/wait.ts';
import { idOrNone } from './sessions.ts';

const NO_SESSION = 0n;
const KEY_STORE = `ssl.keyStore.location=${tlsFile('server.pem')}`;
const TRUST_STORE = `ssl.trustStore.location=${tlsFile('ca.pem')}`;
const SECURE = ['secureClientPort={securePort}', KEY_STORE, TRUST_STORE];
const ANYBODY = 'ssl.clientAuth=none';

async function openSecure({ open, after }: Surface, port: number, client: TlsClient = {}): Promise<Client> {
  const bridge = await bridgeTo(port, client);
  after(() => bridge.close());
  return open({ port: bridge.port });
}

/** A copy that the row's test may replace. */
const CHANGING = ['secureClientPort={securePort}', 'ssl.keyStore.location={directory}/server.pem', ANYBODY];

export const tls: readonly Row[] = [
  {
    id: 'tls-secure-client-port',
    lines: [...SECURE, ANYBODY],
    without: { lines: [] },
    async test(surface) {
      const client = await openSecure(surface, surface.securePort);
      await client.create(`${surface.root}/a`, { data: 'in secret' });
      expect((await client.getData(`${surface.root}/a`)).data).toBe('in secret');
      // And nothing else is spoken there.
      expect(await idOrNone(surface.open({ port: surface.securePort }))).toBe(NO_SESSION);
    },
  },
  {
    id: 'tls-port-unification',
    lines: ['client.portUnification=true', KEY_STORE, TRUST_STORE, ANYBODY],
    without: { lines: ['client.portUnification=false', KEY_STORE, TRUST_STORE, ANYBODY] },
    async test(surface) {
      const [secure, plain] = [await openSecure(surface, surface.port), await surface.open()];
      await secure.create(`${surface.root}/a`);
      await plain.exists(`${surface.root}/a`);
    },
  },
  {
    id: 'tls-client-auth',
    lines: [...SECURE, 'ssl.clientAuth=need'],
    without: { lines: [...SECURE, ANYBODY] },
    async test(surface) {
      const known = await openSecure(surface, surface.securePort, { identity: 'client.pem' });
      await known.exists(surface.root);
      expect(await idOrNone(openSecure(surface, surface.securePort))).toBe(NO_SESSION);
    },
  },
  {
    id: 'auth-x509',
    lines: [...SECURE, 'ssl.clientAuth=want'],
    without: { lines: [...SECURE, ANYBODY] },
    async test(surface) {
      const ann = await openSecure(surface, surface.securePort, { identity: 'client.pem' });
      const path = `${surface.root}/a`;
      await ann.create(path, { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
      expect((await ann.ok({ op: 'getACL', path })).acl).toEqual([{ perms: 31, scheme: 'x509', id: 'CN=ann,O=Zebu' }]);
      const nobody = await openSecure(surface, surface.securePort);
      await nobody.refused({ op: 'getData', path, watch: false }, ErrorCode.NOAUTH);
    },
  },
  {
    id: 'tls-protocols',
    lines: [...SECURE, ANYBODY, 'ssl.enabledProtocols=TLSv1.3'],
    without: { lines: [...SECURE, ANYBODY, 'ssl.enabledProtocols=TLSv1.2,TLSv1.3'] },
    async test(surface) {
      await (await openSecure(surface, surface.securePort)).exists(surface.root);
      const old = openSecure(surface, surface.securePort, { maxVersion: 'TLSv1.2' });
      expect(await idOrNone(old)).toBe(NO_SESSION);
    },
  },
  {
    id: 'tls-pkcs12',
    lines: [
      'secureClientPort={securePort}',
      `ssl.keyStore.location=${tlsFile('server.p12')}`,
      `ssl.keyStore.password=${STORE_PASSWORD}`,
      ANYBODY,
    ],
    // The same port with another store: the client finds another name.
    without: {
      lines: ['secureClientPort={securePort}', `ssl.keyStore.location=${tlsFile('other-server.pem')}`, ANYBODY],
    },
    async test({ securePort }) {
      expect(await shownName(securePort)).toBe('server');
    },
  },
  {
    id: 'tls-certificate-reload',
    lines: [...CHANGING, 'client.certReload=true'],
    without: { lines: CHANGING },
    async test({ securePort, directory }) {
      expect(await shownName(securePort)).toBe('server');
      copyFileSync(tlsFile('other-server.pem'), join(directory, 'server.pem'));
      await eventually('the new certificate is shown', async () => (await shownName(securePort)) === 'other server');
    },
  },
];
