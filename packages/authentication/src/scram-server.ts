// The side of SCRAM-SHA-256 that is dialled: it keeps what passwords leave behind, and proves in turn that it has it.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { SaslServer, SaslServerFactory, SaslStep } from '@zebu/interfaces';
import {
  createNonce,
  deriveKeys,
  exclusiveOr,
  GS2_HEADER,
  hash,
  isNonce,
  KEY_BYTES,
  keyedHash,
  prepared,
  readAttributes,
  readBase64,
  readMessage,
  type ScramKeys,
  unescapeName,
  writeMessage,
} from './scram.ts';

export interface ScramServerOptions {
  /** Passwords by user. */
  readonly credentials: ReadonlyMap<string, string>;
  /** Makes the server's part of a nonce; random when undefined. */
  readonly createNonce?: (() => string) | undefined;
  /** Of a user; by chance, and the same until the factory is gone, when undefined. */
  readonly saltOf?: ((user: string) => Uint8Array) | undefined;
}

/** RFC 7677 asks for no fewer. */
export const ITERATIONS = 4096;
const SALT_BYTES = 16;
const SECRET_BYTES = 32;

interface Account {
  readonly salt: Uint8Array;
  readonly keys: Pick<ScramKeys, 'storedKey' | 'serverKey'>;
}

/** Keys are derived here, once for each user: an exchange takes no more than hashes. */
export function createScramServers(options: ScramServerOptions): SaslServerFactory {
  const { credentials } = options;
  const secret = randomBytes(SECRET_BYTES);
  const saltOf = options.saltOf ?? ((user: string) => keyedHash(secret, user).subarray(0, SALT_BYTES));
  const accounts = new Map<string, Account>();
  for (const [name, password] of credentials) {
    const user = prepared(name);
    const salt = saltOf(user);
    accounts.set(user, { salt, keys: deriveKeys(password, salt, ITERATIONS) });
  }
  // Nobody has these keys. An unknown user is asked as a known one, and fails as one with a wrong password.
  const nobody = { storedKey: randomBytes(KEY_BYTES), serverKey: randomBytes(KEY_BYTES) };
  const accountOf = (user: string): Account => accounts.get(user) ?? { salt: saltOf(user), keys: nobody };
  return { createSaslServer: () => new ScramServer(accountOf, options.createNonce ?? createNonce) };
}

interface Exchange {
  readonly user: string;
  readonly keys: Account['keys'];
  readonly nonce: string;
  /** What both sides have said before the client's last message, joined. */
  readonly soFar: string;
}

class ScramServer implements SaslServer {
  readonly #accountOf: (user: string) => Account;
  readonly #createNonce: () => string;
  #state: 'unasked' | Exchange | 'over' = 'unasked';

  constructor(accountOf: (user: string) => Account, makeNonce: () => string) {
    this.#accountOf = accountOf;
    this.#createNonce = makeNonce;
  }

  evaluate(response: Uint8Array): SaslStep {
    const state = this.#state;
    this.#state = 'over';
    const message = readMessage(response);
    if (message === undefined) return failed('the message cannot be read');
    switch (state) {
      case 'unasked':
        return this.#challenge(message);
      case 'over':
        return failed('the exchange is over');
      default:
        return validate(state, message);
    }
  }

  #challenge(message: string): SaslStep {
    if (!message.startsWith(GS2_HEADER)) return failed('channel binding, or another identity, is asked for');
    const bare = message.slice(GS2_HEADER.length);
    const { n: name = '', r: clientNonce = '' } = readAttributes(bare, ['n', 'r']) ?? {};
    const user = unescapeName(name);
    if (user === undefined || !isNonce(clientNonce)) return failed('the first message cannot be read');
    const { salt, keys } = this.#accountOf(prepared(user));
    const nonce = clientNonce + this.#createNonce();
    const challenge = `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${ITERATIONS}`;
    this.#state = { user, keys, nonce, soFar: `${bare},${challenge}` };
    return { type: 'challenge', token: writeMessage(challenge) };
  }
}

function validate({ user, keys, nonce, soFar }: Exchange, message: string): SaslStep {
  const { c: binding, r: answered, p: proofText = '' } = readAttributes(message, ['c', 'r', 'p']) ?? {};
  const proof = readBase64(proofText, KEY_BYTES);
  if (proof === undefined) return failed('the last message cannot be read');
  if (binding !== Buffer.from(GS2_HEADER).toString('base64')) return failed('the channel binding is another');
  if (answered !== nonce) return failed('the nonce is another');
  const whole = `${soFar},${message.slice(0, -`,p=${proofText}`.length)}`;
  const clientKey = exclusiveOr(proof, keyedHash(keys.storedKey, whole));
  if (!timingSafeEqual(hash(clientKey), keys.storedKey)) return failed('no such user, or another password');
  const signature = keyedHash(keys.serverKey, whole).toString('base64');
  return { type: 'complete', token: writeMessage(`v=${signature}`), authorizationId: user };
}

const failed = (reason: string): SaslStep => ({ type: 'failed', reason });
