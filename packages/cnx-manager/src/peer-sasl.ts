// What a transport is told of SASL between servers (ZooKeeper's quorum.auth keys), and the frames of an exchange: ["zebu-sasl", version, token]. It
// comes before the hellos, so that nothing is taken of a server which has not proven itself. The mechanism is for others.

import type { SaslClient, SaslClientFactory, SaslServer, SaslServerFactory } from '@zebu/interfaces';
import { QUORUM_PROTOCOL_VERSION } from '@zebu/protocol';
import { Fields } from './fields.ts';
import { FrameError } from './frame-error.ts';
import { WrongVersionError } from './hello.ts';
import { FrameReader, pack } from './msgpack.ts';
import { CloseCode, type Refusal } from './refusal.ts';

export interface PeerSasl {
  /** quorum.auth.enableSasl: servers that dial this one may prove themselves. */
  readonly servers: SaslServerFactory;
  /** quorum.auth.serverRequireSasl: they must. */
  readonly required: boolean;
  /** quorum.auth.learnerRequireSasl: this server proves itself to those that it dials, and talks to none that does not in turn. Undefined: it does not. */
  readonly clients: SaslClientFactory | undefined;
}

const MAGIC = 'zebu-sasl';
const MAX_MAGIC_LENGTH = 16;
const MAX_TOKEN_BYTES = 4096;

export const encodeSasl = (token: Uint8Array): Uint8Array => pack([MAGIC, QUORUM_PROTOCOL_VERSION, token]);

/** Undefined for a frame of another kind. */
export function decodeSasl(frame: Uint8Array): Uint8Array | undefined {
  const reader = new FrameReader(frame);
  const fields = new Fields('SASL frame', reader.next());
  if (fields.string(MAX_MAGIC_LENGTH) !== MAGIC) return undefined;
  const version = fields.uint32();
  if (version !== QUORUM_PROTOCOL_VERSION) throw new WrongVersionError(version);
  const token = fields.bytes(0, MAX_TOKEN_BYTES);
  fields.end();
  if (!reader.done) throw new FrameError('SASL frame of another shape');
  return token;
}

const notProven = (reason: string): Refusal => ({ code: CloseCode.NOT_AUTHENTICATED, reason: `SASL: ${reason}` });

export const SASL_IS_OFF = notProven('authentication is off here; set quorum.auth.enableSasl=true first');
export const SASL_IS_REQUIRED = notProven('authentication is required; set quorum.auth.learnerRequireSasl=true');

export type SaslOutcome =
  | { readonly type: 'goesOn'; readonly answer: Uint8Array }
  | { readonly type: 'proven'; readonly user: string; readonly answer: Uint8Array }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** A step of who was dialled. */
export function serverStep(server: SaslServer, token: Uint8Array): SaslOutcome {
  const step = server.evaluate(token);
  switch (step.type) {
    case 'challenge':
      return { type: 'goesOn', answer: encodeSasl(step.token) };
    case 'complete':
      return { type: 'proven', user: step.authorizationId, answer: encodeSasl(step.token) };
    case 'failed':
      return { type: 'refused', refusal: notProven(step.reason) };
  }
}

/** A step of who dialled; undefined once both have proven themselves. */
export function clientStep(
  client: SaslClient,
  frame: Uint8Array,
): Exclude<SaslOutcome, { type: 'proven' }> | undefined {
  const token = decodeSasl(frame);
  if (token === undefined) throw new FrameError('no answer to SASL');
  const step = client.evaluate(token);
  switch (step.type) {
    case 'response':
      return { type: 'goesOn', answer: encodeSasl(step.token) };
    case 'complete':
      return undefined;
    case 'failed':
      return { type: 'refused', refusal: notProven(step.reason) };
  }
}
