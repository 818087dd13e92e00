// The server's side of SASL DIGEST-MD5 (RFC 2831), as Java's clients and kazoo speak it to ZooKeeper: service `zookeeper`, realm
// and host `zk-sasl-md5`, no protection of what follows (qop `auth`). One challenge, one response, one answer.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SaslServer, SaslServerFactory, SaslStep } from '@zebu/interfaces';
import { isPrincipalName } from './principal-name.ts';
import { parseDirectives } from './sasl-directives.ts';

export interface DigestMd5Options {
  /** Passwords by user. */
  readonly credentials: ReadonlyMap<string, string>;
  /** Makes a nonce; random bytes in base64 when undefined. */
  readonly createNonce?: (() => string) | undefined;
}

const REALM = 'zk-sasl-md5';
const DIGEST_URI = `zookeeper/${REALM}`;
/** Only initial authentication, so a nonce is used once. */
const NONCE_COUNT = '00000001';
const QOP = 'auth';
const NONCE_BYTES = 30;
const MAX_RESPONSE_BYTES = 4096;

const DIRECTIVES = [
  'username',
  'realm',
  'nonce',
  'cnonce',
  'qop',
  'digest-uri',
  'response',
  'charset',
  'authzid',
] as const;
type Directive = (typeof DIRECTIVES)[number];

export function createDigestMd5Servers(options: DigestMd5Options): SaslServerFactory {
  const createNonce = options.createNonce ?? ((): string => randomBytes(NONCE_BYTES).toString('base64'));
  return { createSaslServer: () => new DigestMd5Server(options.credentials, createNonce()) };
}

class DigestMd5Server implements SaslServer {
  readonly #credentials: ReadonlyMap<string, string>;
  readonly #nonce: string;
  #state: 'unasked' | 'challenged' | 'over' = 'unasked';

  constructor(credentials: ReadonlyMap<string, string>, nonce: string) {
    this.#credentials = credentials;
    this.#nonce = nonce;
  }

  evaluate(response: Uint8Array): SaslStep {
    if (response.length > MAX_RESPONSE_BYTES) return failed('the response is too long');
    switch (this.#state) {
      case 'unasked':
        // What the client says unasked is no answer to a challenge, and goes unheard.
        this.#state = 'challenged';
        return { type: 'challenge', token: encode(this.#challenge()) };
      case 'challenged':
        this.#state = 'over';
        return this.#validate(response);
      case 'over':
        return failed('the exchange is over');
    }
  }

  #challenge(): string {
    return `realm="${REALM}",nonce="${this.#nonce}",charset=utf-8,algorithm=md5-sess`;
  }

  #validate(bytes: Uint8Array): SaslStep {
    const directives = parseDirectives(bytes, DIRECTIVES);
    if (directives === undefined) return failed('the response cannot be read');
    const text = (name: Directive): string | undefined => decode(directives.get(name));
    if (text('realm') !== REALM) return failed('the realm is another');
    if (text('nonce') !== this.#nonce) return failed('the nonce is another');
    if ((text('qop') ?? QOP) !== QOP) return failed('the quality of protection is another');
    if ((text('charset') ?? 'utf-8') !== 'utf-8') return failed('the charset is another');
    const digestUri = text('digest-uri');
    if (digestUri?.toLowerCase() !== DIGEST_URI) return failed('the digest-uri is another');
    const [username, cnonce, response] = [text('username'), directives.get('cnonce'), directives.get('response')];
    if (username === undefined || cnonce === undefined || response === undefined)
      return failed('a directive is missing');
    return this.#compare(username, response, { cnonce, digestUri, authzid: directives.get('authzid') });
  }

  #compare(username: string, response: Uint8Array, exchange: Exchange): SaslStep {
    // An unknown user costs the same hashes, and looks the same, as a wrong password.
    const password = this.#credentials.get(username);
    const secret = sessionSecret(username, password ?? '', this.#nonce, exchange);
    const expected = encode(responseValue(secret, 'AUTHENTICATE', this.#nonce, exchange));
    const isRight = response.length === expected.length && timingSafeEqual(response, expected);
    if (password === undefined || !isRight) return failed('no such user, or another password');
    if (!isPrincipalName(username)) return failed('the user is no principal');
    const token = encode(`rspauth=${responseValue(secret, '', this.#nonce, exchange)}`);
    // Never the authzid: whoever has one password would be whom he likes.
    return { type: 'complete', token, authorizationId: username };
  }
}

/** What both sides put into their hashes, beside the nonce. */
interface Exchange {
  readonly cnonce: Uint8Array;
  readonly digestUri: string;
  readonly authzid: Uint8Array | undefined;
}

/** HEX(H(A1)) */
function sessionSecret(username: string, password: string, nonce: string, { cnonce, authzid }: Exchange): string {
  const user = createHash('md5');
  user.update(latin1IfPossible(username)).update(':').update(REALM).update(':').update(latin1IfPossible(password));
  const session = createHash('md5').update(user.digest()).update(':').update(nonce).update(':').update(cnonce);
  if (authzid !== undefined) session.update(':').update(authzid);
  return session.digest('hex');
}

/** The method is empty in what the server proves. */
function responseValue(secret: string, method: 'AUTHENTICATE' | '', nonce: string, exchange: Exchange): string {
  const uri = createHash('md5').update(`${method}:${exchange.digestUri}`, 'utf8').digest('hex');
  const value = createHash('md5').update(`${secret}:${nonce}:${NONCE_COUNT}:`).update(exchange.cnonce);
  return value.update(`:${QOP}:${uri}`).digest('hex');
}

/** RFC 2831 section 2.1.2.1: Latin-1 where that is enough, whatever the charset says. */
const latin1IfPossible = (text: string): Buffer => Buffer.from(text, /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf8');

const failed = (reason: string): SaslStep => ({ type: 'failed', reason });
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
