// What the client has proven, or wants to: each new connection is told again, since a server forgets with the connection
// (ClientCnxn.authInfo).

import type { AuthPacket } from '@zebu/jute';
import { ErrorCode } from '@zebu/protocol';
import { errorOfReply, type ZooKeeperError } from './errors.ts';

export interface Credential {
  readonly scheme: string;
  readonly auth: Uint8Array | null;
  /** One of the two is called, once. */
  onProven(): void;
  onFailure(error: ZooKeeperError): void;
}

interface Held {
  readonly credential: Credential;
  /** Its caller knows how it ended. */
  settled: boolean;
}

export class Credentials {
  #held: Held[] = [];
  /** Sent on the connection of now, and not answered; the server answers in order. */
  #owed: Held[] = [];

  add(credential: Credential): void {
    this.#held.push({ credential, settled: false });
  }

  /** What was added last has been sent on the connection of now. */
  onSent(): void {
    const last = this.#held.at(-1);
    if (last !== undefined) this.#owed.push(last);
  }

  /** All of them, for a new connection, which is to send them. */
  forNewConnection(): AuthPacket[] {
    this.#owed = [...this.#held];
    return this.#held.map(({ credential }) => packetOf(credential));
  }

  /** The server's word on the oldest that is owed. It disconnects whom it does not believe; the next connection goes without. */
  onReply(error: number): void {
    const held = this.#owed.shift();
    if (held === undefined) return;
    if (error !== ErrorCode.OK) this.#held = this.#held.filter((each) => each !== held);
    if (held.settled) return;
    held.settled = true;
    if (error === ErrorCode.OK) held.credential.onProven();
    else held.credential.onFailure(errorOfReply(error, undefined));
  }

  /** The session is over. */
  end(error: ZooKeeperError): void {
    const unsettled = this.#held.filter(({ settled }) => !settled);
    this.#held = [];
    this.#owed = [];
    for (const { credential } of unsettled) credential.onFailure(error);
  }
}

export const packetOf = ({ scheme, auth }: Credential): AuthPacket => ({ type: 0, scheme, auth });
