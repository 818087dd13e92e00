// A recovery in words, for whoever has to decide on it at night.

import { epochOf, formatServers, formatZxid, type Zxid } from '@zebu/protocol';
import { describeRange, type RecoveryPlan, type Survivor } from './recovery-plan.ts';

export function reportRecovery(survivors: readonly Survivor[], plan: RecoveryPlan, file: string): string[] {
  const { best, leftOut, fence, ensemble } = plan;
  const { lastZxid, value, repairs, source } = best.found;
  return [
    'What is left:',
    ...survivors.flatMap(describeSurvivor),
    '',
    `Best history: server ${best.id}, up to ${formatZxid(lastZxid)}: ${value.nodeCount} znodes, tree digest ${value.digest}`,
    ...(source === undefined ? [] : [`  taken from ${source}, where it was set aside`]),
    ...repairs.map((repair) => `  given up: ${repair}`),
    '',
    'What may be lost:',
    ...describeLoss(plan),
    ...leftOut.map(
      ({ id, txns }) => `  only server ${id} has, and it is left out: ${txns.map(describeRange).join(', ')}`,
    ),
    '',
    `Fence: epoch ${fence}. A lost server that comes back is below it: it leads nobody who knows this history, and what it has beyond it is cut off.`,
    ensemble === undefined
      ? `Configuration: ${file}, standalone`
      : `Configuration: ${file}, version ${ensemble.version.toString(16)}, above all that were:`,
    ...(ensemble === undefined ? [] : formatServers(ensemble).trimEnd().split('\n').map(indented)),
  ];
}

function describeSurvivor({ id, dataDir, found }: Survivor): string[] {
  const name = `  server ${id} in ${dataDir}`;
  if (found === undefined) return [`${name}: nothing in it can be read`];
  const { lastZxid, currentEpoch, acceptedEpoch, damage, repairs } = found;
  return [
    `${name}: last zxid ${formatZxid(lastZxid)}, currentEpoch ${currentEpoch ?? 'lost'}, acceptedEpoch ${acceptedEpoch ?? 'lost'}`,
    ...(damage === undefined ? [] : [`    damaged, and set aside: ${damage}`]),
    ...repairs.map((repair) => `    damaged: ${repair}`),
  ];
}

function describeLoss({ best, lost, mayLose, leftOut }: RecoveryPlan): string[] {
  const { lastZxid } = best.found;
  const next = (lastZxid + 1n) as Zxid;
  const beyond = `zxids from ${formatZxid(next)} on in epoch ${epochOf(lastZxid)}, and all of later epochs`;
  if (lost.length === 0 && mayLose)
    return [
      `  it is not known which servers there were (--former FILE tells). Whatever they acknowledged beyond: ${beyond}`,
    ];
  if (mayLose) return [`  what servers ${lost.join(', ')} acknowledged without the others: ${beyond}`];
  return leftOut.length > 0
    ? ['  nothing that was acknowledged to a client: every quorum had a server that is left']
    : ['  nothing'];
}

const indented = (line: string): string => `  ${line}`;
