// What a reconfig would do to an ensemble, as its leader would decide it now, with the leader's own code.

import type { ReconfigRequest } from '@zebu/jute';
import {
  type Ensemble,
  ErrorCode,
  isSameAddress,
  type ServerId,
  type ServerSpecification,
  votersOf,
} from '@zebu/protocol';
import { createQuorumVerifier } from '@zebu/quorum';
import { reconfiguredEnsemble } from '@zebu/requests';

/** What a server says of itself; undefined when it does not answer. */
export type ServerMode = 'leader' | 'follower' | 'observer' | undefined;

export interface ReconfigPlan {
  readonly before: Ensemble;
  /** Undefined when the change cannot be understood. */
  readonly after: Ensemble | undefined;
  readonly joining: readonly ServerSpecification[];
  readonly leaving: readonly ServerId[];
  readonly changing: readonly ServerSpecification[];
  /** Why it would be refused now; undefined when nothing speaks against it. */
  readonly refusal: string | undefined;
  /** Voters of the new ensemble that do not answer as in sync. */
  readonly missing: readonly ServerId[];
  /** The leader has no vote any more, or moves: it hands over. */
  readonly leaderLeaves: boolean;
}

export function planReconfig(
  request: ReconfigRequest,
  before: Ensemble,
  modes: ReadonlyMap<ServerId, ServerMode>,
): ReconfigPlan {
  const result = reconfiguredEnsemble(request, {
    current: before,
    version: before.version + 1n,
    // What the servers have it at is not to be seen from outside.
    multiAddressEnabled: true,
  });
  if (!result.ok) return { ...NOTHING, before, after: undefined, refusal: nameOf(result.error) };
  const { ensemble: after } = result;
  const joining = [...after.servers.values()].filter(({ id }) => !before.servers.has(id));
  const leaving = [...before.servers.keys()].filter((id) => !after.servers.has(id));
  const changing = [...after.servers.values()].filter((server) => {
    const was = before.servers.get(server.id);
    return was !== undefined && !isSame(was, server);
  });
  const verifier = createQuorumVerifier(after);
  const synced = new Set([...verifier.voters].filter((voter) => modes.get(voter) !== undefined));
  const missing = [...verifier.voters].filter((voter) => !synced.has(voter));
  const refusal = verifier.containsQuorum(synced) ? undefined : 'NEWCONFIGNOQUORUM: too few of its voters are in sync';
  const leader = [...before.servers.values()].find(({ id }) => modes.get(id) === 'leader');
  return {
    before,
    after,
    joining,
    leaving,
    changing,
    refusal: votersOf(after).length === 0 ? 'BADARGUMENTS: no participant is left' : refusal,
    missing,
    leaderLeaves: leader !== undefined && movesAway(leader, after),
  };
}

const NOTHING = { joining: [], leaving: [], changing: [], missing: [], leaderLeaves: false } as const;

const nameOf = (error: ErrorCode): string =>
  error === ErrorCode.BADARGUMENTS ? 'BADARGUMENTS: the change cannot be understood' : `error ${error}`;

function movesAway(leader: ServerSpecification, after: Ensemble): boolean {
  const becomes = after.servers.get(leader.id);
  return becomes?.role !== 'participant' || !isSameAddress(becomes.quorumAddress, leader.quorumAddress);
}

function isSame(one: ServerSpecification, other: ServerSpecification): boolean {
  const [client, otherClient] = [one.clientAddress, other.clientAddress];
  const sameClient =
    client === undefined || otherClient === undefined ? client === otherClient : isSameAddress(client, otherClient);
  return (
    one.role === other.role &&
    sameClient &&
    isSameAddress(one.quorumAddress, other.quorumAddress) &&
    isSameAddress(one.electionAddress, other.electionAddress)
  );
}
