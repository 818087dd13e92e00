// Speaks TLS in the place of a client that does not: plain on this side, encrypted on the server's.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { tlsFile } from './tls-files.ts';

export interface TlsClient {
  /** File with key and certificate; none untold. */
  readonly identity?: string;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface Bridge {
  readonly port: number;
  close(): Promise<void>;
}

/** A port on which clients reach the server's secure one. Its certificate must be good for 127.0.0.1. */
export async function bridgeTo(port: number, client: TlsClient = {}): Promise<Bridge> {
  const server = createServer({ noDelay: true }, (plain) => {
    const secure = connect(port, '127.0.0.1', optionsOf(client));
    for (const socket of [plain, secure]) socket.on('error', () => undefined);
    plain.pipe(secure).pipe(plain);
    plain.on('close', () => secure.destroy());
    secure.on('close', () => plain.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The name on the certificate that the server shows, or undefined when there is no handshake. */
export function shownName(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', optionsOf({ identity: 'client.pem' }), () => {
      const { CN } = socket.getPeerCertificate().subject;
      resolve(typeof CN === 'string' ? CN : undefined);
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
  });
}

function optionsOf({ identity, maxVersion }: TlsClient): ConnectionOptions {
  const own = identity === undefined ? undefined : readFileSync(tlsFile(identity));
  return {
    ca: readFileSync(tlsFile('ca.pem')),
    ...(own === undefined ? {} : { key: own, cert: own }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}
