// An ensemble as text, in the form of the server lines: `conf` and /zookeeper/config show it (QuorumMaj.toString, QuorumServer.toString).

import type { Ensemble, ServerAddress, ServerSpecification } from '@zebu/protocol';

/** A line for each server and the version in hex, without a line end behind it. */
export function formatEnsemble(ensemble: Ensemble): string {
  const servers = [...ensemble.servers.values()].map((server) => `server.${server.id}=${formatServer(server)}\n`);
  return `${servers.join('')}version=${ensemble.version.toString(16)}`;
}

function formatServer({ quorumAddress, electionAddress, role, clientAddress }: ServerSpecification): string {
  const client = clientAddress === undefined ? '' : `;${formatAddress(clientAddress)}`;
  return `${formatAddress(quorumAddress)}:${electionAddress.port}:${role}${client}`;
}

const formatAddress = ({ host, port }: ServerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
