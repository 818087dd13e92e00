// The side of SCRAM-SHA-256 that dials: it proves that it has the password, tells nobody what it is, and believes only a server that has it, too.

import { timingSafeEqual } from 'node:crypto';
import type { SaslClient, SaslClientFactory, SaslClientStep } from '@zebu/interfaces';
import {
  createNonce,
  deriveKeys,
  escapeName,
  exclusiveOr,
  GS2_HEADER,
  isNonce,
  KEY_BYTES,
  keyedHash,
  prepared,
  readAttributes,
  readBase64,
  readMessage,
  type ScramKeys,
  writeMessage,
} from './scram.ts';

export interface ScramClientOptions {
  readonly username: string;
  readonly password: string;
  /** Makes a nonce; random when undefined. */
  readonly createNonce?: (() => string) | undefined;
}

/** A server that asked for fewer would have the password guessed sooner, one that asked for many would stop everything meanwhile. */
const MIN_ITERATIONS = 4096;
const MAX_ITERATIONS = 8192;
/** Each server has a salt of its own, until it starts anew. */
const MAX_KEPT_KEYS = 32;

export function createScramClients(options: ScramClientOptions): SaslClientFactory {
  const keys = new KeptKeys(options.password);
  return { createSaslClient: () => new ScramClient(options, keys) };
}

/** Derived once for each salt. */
class KeptKeys {
  readonly #password: string;
  readonly #kept = new Map<string, ScramKeys>();

  constructor(password: string) {
    this.#password = password;
  }

  of(salt: Uint8Array, iterations: number): ScramKeys {
    const name = `${iterations} ${Buffer.from(salt).toString('base64')}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const derived = deriveKeys(this.#password, salt, iterations);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MAX_KEPT_KEYS) this.#kept.delete(oldest);
    this.#kept.set(name, derived);
    return derived;
  }
}

class ScramClient implements SaslClient {
  readonly #keys: KeptKeys;
  readonly #nonce: string;
  readonly #bare: string;
  /** What the server has to prove; undefined before its first message. */
  #expected: Buffer | undefined;
  #over = false;

  constructor(options: ScramClientOptions, keys: KeptKeys) {
    this.#keys = keys;
    this.#nonce = (options.createNonce ?? createNonce)();
    this.#bare = `n=${escapeName(prepared(options.username))},r=${this.#nonce}`;
  }

  begin(): Uint8Array {
    return writeMessage(`${GS2_HEADER}${this.#bare}`);
  }

  evaluate(challenge: Uint8Array): SaslClientStep {
    const message = readMessage(challenge);
    const step = message === undefined || this.#over ? failed('the message cannot be read') : this.#answer(message);
    if (step.type !== 'response') this.#over = true;
    return step;
  }

  #answer(message: string): SaslClientStep {
    return this.#expected === undefined ? this.#prove(message) : believe(message, this.#expected);
  }

  #prove(challenge: string): SaslClientStep {
    const { r: nonce = '', s: saltText = '', i: count = '' } = readAttributes(challenge, ['r', 's', 'i']) ?? {};
    const salt = readBase64(saltText);
    if (salt === undefined || !isNonce(nonce) || !/^\d{1,9}$/.test(count))
      return failed('the challenge cannot be read');
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) return failed('the nonce is another');
    const iterations = Number(count);
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
      return failed(`${iterations} iterations are asked for, not ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`);
    }
    const { clientKey, storedKey, serverKey } = this.#keys.of(salt, iterations);
    const last = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const whole = `${this.#bare},${challenge},${last}`;
    this.#expected = keyedHash(serverKey, whole);
    const proof = exclusiveOr(clientKey, keyedHash(storedKey, whole)).toString('base64');
    return { type: 'response', token: writeMessage(`${last},p=${proof}`) };
  }
}

function believe(message: string, expected: Buffer): SaslClientStep {
  const signature = readBase64(readAttributes(message, ['v'])?.v ?? '', KEY_BYTES);
  if (signature !== undefined && timingSafeEqual(signature, expected)) return { type: 'complete' };
  return failed('the other end has not proven that it has the password');
}

const failed = (reason: string): SaslClientStep => ({ type: 'failed', reason });
