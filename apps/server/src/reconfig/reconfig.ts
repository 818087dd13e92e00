// `zebu-server reconfig --dry-run`: asks a running ensemble who it is and who is in sync, and says what a change would make of it.

import { connect } from 'node:net';
import { createClient } from '@zebu/client';
import { ArgumentsError } from '@zebu/config';
import { type Ensemble, parseEnsembleText, type ServerAddress, type ServerId, votersOf } from '@zebu/protocol';
import { createQuorumVerifier } from '@zebu/quorum';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { RECONFIG_USAGE, reconfigArguments } from './reconfig-arguments.ts';
import { planReconfig, type ReconfigPlan, type ServerMode } from './reconfig-plan.ts';

const PATIENCE_MS = 3000;
const SESSION_TIMEOUT_MS = 10_000;
/** Where a server listens on all addresses, it is asked at the one where the others reach it. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Rejects with ArgumentsError, and with the client's errors when nobody answers. */
export async function reconfig(args: readonly string[], print: (line: string) => void): Promise<ExitCode> {
  const wanted = readArguments(args, print);
  if (wanted === undefined) return EXIT_CODE.finished;
  const before = await ensembleOf(wanted.connectionString);
  // Whom the change names is asked, too: who joins must be in sync before.
  const unasked = planReconfig(wanted.request, before, new Map());
  const servers = [...before.servers.values(), ...unasked.joining, ...unasked.changing];
  const modes = new Map<ServerId, ServerMode>();
  for (const { id, clientAddress, quorumAddress } of servers)
    modes.set(id, modes.get(id) ?? (await modeOf(clientAddress, quorumAddress.host)));
  const plan = planReconfig(wanted.request, before, modes);
  for (const line of report(plan, modes)) print(line);
  return plan.refusal === undefined ? EXIT_CODE.finished : EXIT_CODE.unexpectedError;
}

function readArguments(args: readonly string[], print: (line: string) => void): ReturnType<typeof reconfigArguments> {
  try {
    const wanted = reconfigArguments(args);
    if (wanted === undefined) print(RECONFIG_USAGE);
    return wanted;
  } catch (error) {
    if (error instanceof ArgumentsError) print(RECONFIG_USAGE);
    throw error;
  }
}

async function ensembleOf(connectionString: string): Promise<Ensemble> {
  const client = createClient({ connectionString, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  try {
    const { text } = await client.getConfig({ signal: AbortSignal.timeout(SESSION_TIMEOUT_MS) });
    return parseEnsembleText(text);
  } finally {
    await client.close();
  }
}

/** `srvr` needs no whitelist. */
function modeOf(address: ServerAddress | undefined, peerHost: string): Promise<ServerMode> {
  if (address === undefined) return Promise.resolve(undefined);
  const host = EVERY_ADDRESS.has(address.host) ? peerHost : address.host;
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port: address.port }, () => socket.write('srvr'));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^Mode: (leader|follower|observer)$/m.exec(answer)?.[1] as ServerMode));
  });
}

function report(plan: ReconfigPlan, modes: ReadonlyMap<ServerId, ServerMode>): string[] {
  const { before, after, joining, leaving, changing, missing, leaderLeaves, refusal } = plan;
  const lines = [`Now, version ${before.version.toString(16)}: ${describe(before, modes)}`];
  if (after !== undefined) {
    lines.push(
      `Then: ${describe(after, modes)}`,
      `  joins: ${listOf(joining.map(({ id }) => id))}`,
      `  leaves: ${listOf(leaving)}`,
      `  changes role or address: ${listOf(changing.map(({ id }) => id))}`,
      `  tolerates ${tolerated(after)} lost voters, where it now tolerates ${tolerated(before)}`,
      '  until it is committed, quorums of both are needed',
    );
    if (leaderLeaves)
      lines.push('  the leader has no vote there, or moves: it hands over once the change is committed');
    if (missing.length > 0) lines.push(`  not in sync, or not answering: voters ${listOf(missing)}`);
  }
  lines.push(refusal === undefined ? 'It would be accepted now.' : `It would be REFUSED now: ${refusal}`);
  return [...lines, 'Dry run: nothing was changed.'];
}

const describe = (ensemble: Ensemble, modes: ReadonlyMap<ServerId, ServerMode>): string =>
  [...ensemble.servers.values()].map(({ id, role }) => `${id} (${role}, ${modes.get(id) ?? 'silent'})`).join(', ');

const listOf = (ids: readonly ServerId[]): string => (ids.length === 0 ? 'nobody' : ids.join(', '));

/** So many may be lost, whichever they are. */
function tolerated(ensemble: Ensemble): number {
  const verifier = createQuorumVerifier(ensemble);
  const voters = votersOf(ensemble).sort((left, right) => verifier.weightOf(left) - verifier.weightOf(right));
  let left = voters.length;
  while (left > 0 && verifier.containsQuorum(new Set(voters.slice(0, left - 1)))) left--;
  return voters.length - left;
}
