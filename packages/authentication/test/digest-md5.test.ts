import type { SaslServer, SaslStep } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import { createDigestMd5Servers } from '../src/index.ts';

const NONCE = 'AAAABBBBCCCC';
const CREDENTIALS = new Map([
  ['ann', 'open-sesame'],
  ['bøb', 'пароль "quoted"'],
  ['Jürgen', 'päss'],
  ['a@b@c', 'x'],
]);

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const EMPTY = new Uint8Array(0);

function challenged(): SaslServer {
  const server = createDigestMd5Servers({ credentials: CREDENTIALS, createNonce: () => NONCE }).createSaslServer();
  const step = server.evaluate(EMPTY);
  if (step.type !== 'challenge') throw new Error(step.type);
  expect(new TextDecoder().decode(step.token)).toBe(
    `realm="zk-sasl-md5",nonce="${NONCE}",charset=utf-8,algorithm=md5-sess`,
  );
  return server;
}

interface Response {
  readonly username?: string;
  readonly cnonce?: string;
  readonly response?: string;
  readonly more?: string;
}

/** As Java's client writes it, and by default what Java's client answered to the challenge. */
const responseOf = ({ username, cnonce, response, more = '' }: Response): string =>
  `charset=utf-8,username="${username ?? 'ann'}",realm="zk-sasl-md5",nonce="${NONCE}",nc=00000001,cnonce="${
    cnonce ?? 'SC0HKpELFi0jbjoYClyKGV4+bn6bdjwdIsMR1m5e'
  }",digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,response=${response ?? '309997962d8b10ccb6241661f604546b'},qop=auth${more}`;

const ask = (text: string): SaslStep => challenged().evaluate(encode(text));

describe('DIGEST-MD5', () => {
  // Recorded from Java 17's SaslClient.
  it.each<[string, Response, string]>([
    ['plain', {}, 'ann'],
    [
      'a user in Latin-1, a password that is not',
      {
        username: 'bøb',
        cnonce: 'p+OcYB+WXDVW2m382fN6N6emYrLNeoM2tE0AJ9u/',
        response: 'dd1017740106ceb374a74470384749a3',
      },
      'bøb',
    ],
    [
      'both in Latin-1',
      {
        username: 'Jürgen',
        cnonce: '7eBE8Af6MWwYGarA3Nv4H6Ti5EFqucU1baI7KzAY',
        response: '543f6d0e07f252ab90741e3e8917d596',
      },
      'Jürgen',
    ],
    [
      'an authzid, which nobody becomes',
      {
        cnonce: '5ubXTEJfFCSn81VGFXlqhfGcEyATWZgS9XRN3fB4',
        response: 'f98ad0eeb49dd75b25eacf68476ea605',
        more: ',authzid="super"',
      },
      'ann',
    ],
  ])('takes what a Java client answers: %s', (_, response, authorizationId) => {
    const step = ask(responseOf(response));
    expect(step).toMatchObject({ type: 'complete', authorizationId });
    if (step.type === 'complete') expect(new TextDecoder().decode(step.token)).toMatch(/^rspauth=[\da-f]{32}$/);
  });

  it.each([
    ['another password', responseOf({ response: '0'.repeat(32) })],
    ['a response of another length', responseOf({ response: '30' })],
    ['an unknown user', responseOf({ username: 'eve' })],
    ['another realm', responseOf({}).replace('realm="zk-sasl-md5"', 'realm="x"')],
    ['another nonce', responseOf({}).replace(NONCE, 'x')],
    ['another quality of protection', responseOf({}).replace('qop=auth', 'qop=auth-int')],
    ['another charset', responseOf({}).replace('charset=utf-8', 'charset=ebcdic')],
    ['another service', responseOf({}).replace('zookeeper/', 'imap/')],
    ['no service', responseOf({}).replace('digest-uri="zookeeper/zk-sasl-md5",', '')],
    ['no user', responseOf({}).replace('username="ann",', '')],
    ['two users', `${responseOf({})},username="ann"`],
    ['a quote that does not end', `${responseOf({})},authzid="`],
    ['nothing', ''],
    ['garbage', '\0\xff=,"'],
    ['too much', 'x'.repeat(4097)],
  ])('refuses %s, and says no secret', (_, response) => {
    const step = ask(response);
    expect(step.type).toBe('failed');
    expect(JSON.stringify(step)).not.toMatch(/sesame|309997962d8b10cc/);
  });

  it('reads space, escapes and unknown directives', () => {
    const spaced = responseOf({ more: ' , auth-param = "a,\\"b\\"" ,, x=y' }).replace('username=', 'USERNAME = ');
    expect(ask(spaced).type).toBe('complete');
  });

  it('hears one answer to one challenge', () => {
    const server = challenged();
    expect(server.evaluate(encode(responseOf({ response: '0'.repeat(32) }))).type).toBe('failed');
    expect(server.evaluate(encode(responseOf({}))).type).toBe('failed');
  });

  it('challenges whoever speaks first, and every client with another nonce', () => {
    const servers = createDigestMd5Servers({ credentials: CREDENTIALS });
    const tokens = [encode(responseOf({})), EMPTY].map((first) => {
      const step = servers.createSaslServer().evaluate(first);
      return step.type === 'challenge' ? new TextDecoder().decode(step.token) : step.type;
    });
    expect(tokens[0]).toMatch(/nonce="[\w+/]{40}"/);
    expect(tokens[0]).not.toBe(tokens[1]);
  });
});
