// Where the servers of a world are that can change its ensemble. The network knows them by their ids alone; addresses are for their configuration.

import type { ServerId, ServerSpecification } from '@zebu/protocol';

const HOST = 'simulated';
const [QUORUM, ELECTION, CLIENT] = [1000, 3000, 5000];
/** More than there are servers: no two ever share a port. */
const PLACE = 100;

/** A server that moved so many times has other ports each time. */
export const specification = (
  id: ServerId,
  role: ServerSpecification['role'],
  place = 0,
): ServerSpecification & Required<Pick<ServerSpecification, 'clientAddress'>> => ({
  id,
  role,
  quorumAddress: { host: HOST, port: QUORUM + PLACE * place + id },
  electionAddress: { host: HOST, port: ELECTION + PLACE * place + id },
  clientAddress: { host: HOST, port: CLIENT + PLACE * place + id },
});

export const newcomer = (id: ServerId): ServerSpecification => specification(id, 'participant');
