// Says which port is taken before anything is started, rather than letting three servers fail one after the other.

import { createServer } from 'node:net';
import { HOST, portsOf, type ServerLayout } from './layout.ts';

export interface TakenPort {
  readonly kind: string;
  readonly port: number;
  readonly server: ServerLayout;
  readonly reason: string;
}

export async function findTakenPort(servers: readonly ServerLayout[]): Promise<TakenPort | undefined> {
  for (const server of servers) {
    for (const [kind, port] of portsOf(server, servers)) {
      const reason = await whyTaken(port);
      if (reason !== undefined) return { kind, port, server, reason };
    }
  }
  return undefined;
}

/** `survivor` is the process of an earlier run, when it still lives. */
export function describeTakenPort({ kind, port, server, reason }: TakenPort, survivor: number | undefined): string {
  const remedy =
    survivor === undefined
      ? 'stop whoever listens there, or choose other ports with --client-port'
      : `server ${server.id} of an earlier run is still alive: stop it with "kill ${survivor}"`;
  return `the ${kind} port ${port} of server ${server.id} is taken (${reason}); ${remedy}`;
}

function whyTaken(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, HOST, () => server.close(() => resolve(undefined)));
  });
}
