// Decides what a recovery does: which history, which epoch, which ensemble, and what that may lose; and why it must not be done.

import type { ServerConfig } from '@zebu/config';
import {
  type Ensemble,
  type Epoch,
  epochOf,
  formatZxid,
  makeZxid,
  MAX_EPOCH,
  type ServerId,
  type Zxid,
} from '@zebu/protocol';
import { createQuorumVerifier } from '@zebu/quorum';
import type { Surveyed } from '@zebu/txnlog';
import { missingFrom, type TreeAtRest, type ZxidRange } from './tree-at-rest.ts';

/** More elections than the lost servers can have had without those that are left. */
const FENCED_EPOCHS = 0x1_0000;
/** So that elections behind it have epochs, too. */
const LAST_FENCE = MAX_EPOCH - 0xf;

export interface Survivor {
  readonly id: ServerId;
  readonly dataDir: string;
  readonly dataLogDir: string | undefined;
  /** Undefined when nothing in it can be read. */
  readonly found: Surveyed<TreeAtRest> | undefined;
}

export interface ReadableSurvivor extends Survivor {
  readonly found: Surveyed<TreeAtRest>;
}

export interface RecoveryPlan {
  readonly best: ReadableSurvivor;
  /** Its voters whose history nobody gave, or that is damaged. */
  readonly lost: readonly ServerId[];
  /** False: every quorum that there was has a sound server among those that are left, so what was acknowledged is in the best history. */
  readonly mayLose: boolean;
  readonly leftOut: readonly { readonly id: ServerId; readonly txns: readonly ZxidRange[] }[];
  /** The reconfig of the recovery is the first txn of it; what is behind that, in the next epoch, says that it is committed. */
  readonly fence: Epoch;
  /** Undefined for a standalone server. */
  readonly ensemble: Ensemble | undefined;
  /** Why it must not be done. */
  readonly refusals: readonly string[];
  /** It would be done if the operator insisted. */
  readonly isNeeded: boolean;
}

export function planRecovery(
  survivors: readonly Survivor[],
  config: ServerConfig,
  configured: Ensemble | undefined,
): RecoveryPlan | undefined {
  const readable = survivors.filter((survivor): survivor is ReadableSurvivor => survivor.found !== undefined);
  const [best] = readable.toSorted((left, right) => (isBetter(left, right) ? -1 : 1));
  if (best === undefined) return undefined;
  const { verifiers, isKnown } = formerEnsembles(readable, configured);
  const sound = new Set(readable.filter(isSound).map(({ id }) => id));
  const voters = new Set(verifiers.flatMap((verifier) => [...verifier.voters]));
  const lost = [...voters].filter((voter) => !sound.has(voter));
  const fence = (highestEpoch(readable) + FENCED_EPOCHS) as Epoch;
  return {
    best,
    lost,
    mayLose: !isKnown || verifiers.some((verifier) => verifier.containsQuorum(new Set(lost))),
    leftOut: readable
      .filter((other) => other !== best)
      .map(({ id, found }) => ({ id, txns: missingFrom(best.found.value, found.value) }))
      .filter(({ txns }) => txns.length > 0),
    fence,
    ensemble: config.standalone ? undefined : { ...config.ensemble, version: makeZxid(fence, 1) },
    refusals: [
      ...refusals(best, config),
      ...(fence > LAST_FENCE ? ['there is no epoch left above the ones there are'] : []),
    ],
    isNeeded: !isKnown || !verifiers.every((verifier) => verifier.containsQuorum(sound)),
  };
}

/** Of which a quorum was needed: the newest, and what that took the place of where no log proves it committed. */
function formerEnsembles(readable: readonly ReadableSurvivor[], configured: Ensemble | undefined) {
  const trees = readable.map(({ found }) => found.value);
  const former = newestOf([configured, ...trees.map(({ ensemble }) => ensemble)]);
  const holders = trees.filter(({ ensemble }) => ensemble !== undefined && ensemble.version === former?.version);
  const isProven = holders.length === 0 || holders.some(({ replaced }) => replaced === undefined);
  const before = isProven
    ? undefined
    : newestOf([configured, ...holders.map(({ replaced }) => (replaced === 'unknown' ? undefined : replaced))]);
  const verifiers = [former, before].filter((each) => each !== undefined).map(createQuorumVerifier);
  return { verifiers, isKnown: former !== undefined && (isProven || before !== undefined) };
}

/** As discovery compares histories; of equal ones the one that nothing has to be given up of. */
function isBetter(one: ReadableSurvivor, other: ReadableSurvivor): boolean {
  const [left, right] = [one.found, other.found];
  const [leftEpoch, rightEpoch] = [epochOfHistory(left), epochOfHistory(right)];
  if (leftEpoch !== rightEpoch) return leftEpoch > rightEpoch;
  if (left.lastZxid !== right.lastZxid) return left.lastZxid > right.lastZxid;
  return left.repairs.length < right.repairs.length;
}

/** The file of a damaged server speaks of a leader that began to heal it, not of what was set aside. */
const epochOfHistory = ({ damage, currentEpoch, lastZxid }: Surveyed<TreeAtRest>): number =>
  damage === undefined ? (currentEpoch ?? 0) : epochOf(lastZxid);

const isSound = ({ found }: ReadableSurvivor): boolean => found.damage === undefined && found.repairs.length === 0;

const newestOf = (ensembles: readonly (Ensemble | undefined)[]): Ensemble | undefined =>
  ensembles.reduce((newest, each) => (each === undefined || each.version < (newest?.version ?? 0n) ? newest : each));

function highestEpoch(survivors: readonly ReadableSurvivor[]): number {
  const epochs = survivors.flatMap(({ found }) => [
    found.acceptedEpoch ?? 0,
    found.currentEpoch ?? 0,
    epochOf(found.lastZxid),
    epochOf((found.value.ensemble?.version ?? 0n) as Zxid),
  ]);
  return Math.max(...epochs);
}

function refusals({ id, dataDir, dataLogDir }: Survivor, config: ServerConfig): string[] {
  const { storage, standalone, serverId, ensemble, file } = config;
  const found: string[] = [];
  if (storage.dataDir !== dataDir || storage.dataLogDir !== (dataLogDir ?? dataDir)) {
    found.push(
      `${file} starts a server in ${storage.dataDir} (log in ${storage.dataLogDir}), but the best history is in ${dataDir}; set dataDir and dataLogDir in it`,
    );
  }
  if (standalone) return found;
  const { voters, containsQuorum } = boundVerifier(ensemble);
  if (serverId !== id) found.push(`${file} is of server ${serverId} (myid), but the best history is server ${id}'s`);
  if (!voters.has(id)) found.push(`server ${id} has the best history and must be a participant in ${file}`);
  const others = new Set([...voters].filter((voter) => voter !== id));
  if (containsQuorum(others)) {
    found.push(
      `servers ${[...others].join(', ')} of ${file} would be a quorum without server ${id} and its history; list server ${id} alone (with standaloneEnabled=false) or with one other, and add the rest with reconfig`,
    );
  }
  return found;
}

function boundVerifier(ensemble: Ensemble) {
  const verifier = createQuorumVerifier(ensemble);
  return {
    voters: verifier.voters,
    containsQuorum: (servers: ReadonlySet<ServerId>): boolean => verifier.containsQuorum(servers),
  };
}

export const describeRange = ({ first, last }: ZxidRange): string =>
  first === last ? formatZxid(first) : `${formatZxid(first)}..${formatZxid(last)}`;
