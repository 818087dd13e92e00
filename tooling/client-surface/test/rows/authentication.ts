// Who a client is, and what ACLs make of it.

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Acl } from '@zebu/conformance/raw';
import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import type { Client } from '../harness/client.ts';
import type { Tampering } from '../harness/proxy.ts';
import type { Row } from '../harness/row.ts';
import { saslLogin } from '../harness/sasl-login.ts';
import { answering, rewriting } from '../harness/switches.ts';

const ALL = 31;
const JAAS = `java.security.auth.login.config=${fileURLToPath(new URL('../fixtures/jaas.conf', import.meta.url))}`;
const SASL = [JAAS, 'authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider'];

const digestOf = (credentials: string, algorithm = 'sha1'): string =>
  `${credentials.split(':')[0]}:${createHash(algorithm).update(credentials).digest('base64')}`;

/** The ACLs of created znodes become others. */
const rewritingAcl = (change: (acl: Acl) => Acl): Tampering =>
  rewriting('create', ({ acl }) => ({ acl: acl?.map(change) ?? null }));

const read = (client: Client, path: string): Promise<number> =>
  client.reply({ op: 'getData', path, watch: false }).then(({ err }) => err);

export const authentication: readonly Row[] = [
  {
    id: 'auth-world',
    without: rewritingAcl((acl) => ({ ...acl, perms: 0 })),
    async test({ open, root }) {
      const [owner, stranger] = [await open(), await open()];
      await owner.create(`${root}/a`, { acl: [{ perms: 1, scheme: 'world', id: 'anyone' }] });
      expect(await read(stranger, `${root}/a`)).toBe(ErrorCode.OK);
      await stranger.refused({ op: 'setData', path: `${root}/a`, data: '', version: -1 }, ErrorCode.NOAUTH);
    },
  },
  {
    id: 'auth-auth',
    without: rewritingAcl((acl) => ({ ...acl, scheme: 'world', id: 'anyone' })),
    async test({ open, root }) {
      const owner = await open();
      await owner.authenticate('ann:secret');
      await owner.create(`${root}/a`, { acl: [{ perms: ALL, scheme: 'auth', id: '' }] });
      const { acl } = await owner.ok({ op: 'getACL', path: `${root}/a` });
      expect(acl).toEqual([{ perms: ALL, scheme: 'digest', id: digestOf('ann:secret') }]);
    },
  },
  {
    id: 'auth-digest',
    without: answering('auth', ErrorCode.OK),
    async test({ open, root }) {
      const [owner, friend, stranger] = [await open(), await open(), await open()];
      await owner.create(`${root}/a`, { acl: [{ perms: ALL, scheme: 'digest', id: digestOf('ann:secret') }] });
      expect(await read(friend, `${root}/a`)).toBe(ErrorCode.NOAUTH);
      await friend.authenticate('ann:secret');
      expect(await read(friend, `${root}/a`)).toBe(ErrorCode.OK);
      await stranger.authenticate('ann:guess');
      expect(await read(stranger, `${root}/a`)).toBe(ErrorCode.NOAUTH);
    },
  },
  {
    id: 'auth-digest-algorithm',
    lines: ['DigestAuthenticationProvider.digestAlg=SHA-256'],
    without: { lines: ['DigestAuthenticationProvider.digestAlg=SHA1'] },
    async test({ open, root }) {
      const client = await open();
      const acl = [{ perms: ALL, scheme: 'digest', id: digestOf('ann:secret', 'sha256') }];
      await client.create(`${root}/a`, { acl });
      await client.authenticate('ann:secret');
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.OK);
    },
  },
  {
    id: 'auth-super',
    lines: [`DigestAuthenticationProvider.superDigest=${digestOf('super:secret')}`],
    without: { lines: [] },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { acl: [{ perms: ALL, scheme: 'digest', id: digestOf('ann:secret') }] });
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.NOAUTH);
      await client.authenticate('super:secret');
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.OK);
    },
  },
  {
    id: 'auth-ip',
    without: rewritingAcl((acl) => ({ ...acl, id: acl.id?.split('/')[0] ?? null })),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/near`, { acl: [{ perms: ALL, scheme: 'ip', id: '127.255.0.0/8' }] });
      await client.create(`${root}/far`, { acl: [{ perms: ALL, scheme: 'ip', id: '128.0.0.1/8' }] });
      expect(await read(client, `${root}/near`)).toBe(ErrorCode.OK);
      expect(await read(client, `${root}/far`)).toBe(ErrorCode.NOAUTH);
    },
  },
  {
    id: 'auth-sasl',
    lines: SASL,
    without: { lines: [] },
    async test({ open, root }) {
      const [client, stranger] = [await open(), await open()];
      await client.create(`${root}/a`, { acl: [{ perms: ALL, scheme: 'sasl', id: 'bob' }] });
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.NOAUTH);
      const { err, body } = await saslLogin(client, 'bob', 'the builder');
      expect(err).toBe(ErrorCode.OK);
      expect(body?.['token']).toMatch(/^rspauth=[0-9a-f]{32}$/);
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.OK);
      expect((await saslLogin(stranger, 'bob', 'the burglar')).err).toBe(ErrorCode.AUTHFAILED);
    },
  },
  {
    id: 'auth-require-sasl',
    lines: [...SASL, 'sessionRequireClientSASLAuth=true'],
    without: { lines: SASL },
    async test({ open }) {
      const [client, stranger] = [await open(), await open()];
      await saslLogin(client, 'bob', 'the builder');
      expect(await client.children('/')).toContain('zookeeper');
      const { err } = await stranger.reply({ op: 'getChildren', path: '/', watch: false });
      expect(err).toBe(ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
      await stranger.ended();
    },
  },
  {
    id: 'auth-enforce',
    lines: ['enforce.auth.enabled=true', 'enforce.auth.schemes=digest'],
    without: { lines: ['enforce.auth.enabled=false', 'enforce.auth.schemes=digest'] },
    async test({ open }) {
      const [client, stranger] = [await open(), await open()];
      await client.authenticate('ann:secret');
      expect(await client.children('/')).toContain('zookeeper');
      const { err } = await stranger.reply({ op: 'getChildren', path: '/', watch: false });
      expect(err).toBe(ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
      await stranger.ended();
    },
  },
  {
    id: 'auth-skip-acl',
    lines: ['skipACL=yes'],
    without: { lines: ['skipACL=no'] },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { acl: [{ perms: ALL, scheme: 'digest', id: digestOf('ann:secret') }] });
      expect(await read(client, `${root}/a`)).toBe(ErrorCode.OK);
    },
  },
];
