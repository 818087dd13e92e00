// A client's side of SASL DIGEST-MD5 (RFC 2831).

import { createHash, randomBytes } from 'node:crypto';
import type { Reply } from '@zebu/conformance/raw';
import type { Client } from './client.ts';

const URI = 'zookeeper/zk-sasl-md5';

/** The reply to the answer to the challenge. */
export async function saslLogin(client: Client, user: string, password: string): Promise<Reply> {
  const { token } = await client.ok({ op: 'sasl', token: '' });
  return client.reply({ op: 'sasl', token: responseTo(token ?? '', user, password) });
}

function responseTo(challenge: string, user: string, password: string): string {
  const directive = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? '';
  const [realm, nonce] = [directive('realm'), directive('nonce')];
  const cnonce = randomBytes(16).toString('hex');
  const secret = Buffer.concat([md5(`${user}:${realm}:${password}`), Buffer.from(`:${nonce}:${cnonce}`)]);
  const proof = [hex(secret), nonce, '00000001', cnonce, 'auth', hex(`AUTHENTICATE:${URI}`)].join(':');
  return [
    'charset=utf-8',
    `username="${user}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    'nc=00000001',
    `cnonce="${cnonce}"`,
    `digest-uri="${URI}"`,
    'maxbuf=65536',
    `response=${hex(proof)}`,
    'qop=auth',
  ].join(',');
}

const md5 = (text: string | Buffer): Buffer => createHash('md5').update(text).digest();
const hex = (text: string | Buffer): string => md5(text).toString('hex');
