// `zebu-server recover`: looks at what is left of an ensemble, says what can be made of it, and makes it.

import { ArgumentsError, loadServerConfig } from '@zebu/config';
import { type Logger, SnapshotMissingError } from '@zebu/interfaces';
import { nodeFileSystem, surveyDirectory } from '@zebu/txnlog';
import { openConfigurations } from '../configurations.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { performRecovery } from './perform-recovery.ts';
import { RECOVER_USAGE, recoverArguments } from './recover-arguments.ts';
import { planRecovery, type Survivor } from './recovery-plan.ts';
import { reportRecovery } from './recovery-report.ts';
import { readTree } from './tree-at-rest.ts';

const quiet = (): void => undefined;
/** The report says all that matters; what a start would log of such directories would hide it. */
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Rejects with ArgumentsError, ConfigError, and the errors of openStorage. */
export async function recover(args: readonly string[], print: (line: string) => void): Promise<ExitCode> {
  const wanted = readArguments(args, print);
  if (wanted === undefined) return EXIT_CODE.finished;
  const config = loadServerConfig(wanted.config);
  const former = wanted.former === undefined ? undefined : loadServerConfig(wanted.former).ensemble;
  const fileSystem = nodeFileSystem();
  const survivors: Survivor[] = [];
  for (const server of wanted.servers)
    survivors.push({ ...server, found: await surveyDirectory({ ...server, fileSystem, logger: SILENT }, readTree) });
  const plan = planRecovery(survivors, config, former);
  if (plan === undefined)
    throw new SnapshotMissingError('in none of these directories is a history that can be read; restore a backup');
  for (const line of reportRecovery(survivors, plan, wanted.config)) print(line);
  print('');
  const refusals = [...plan.refusals, ...(plan.isNeeded || wanted.force ? [] : [NOT_NEEDED])];
  for (const refusal of refusals) print(`REFUSED: ${refusal}`);
  if (refusals.length > 0) return EXIT_CODE.invalidInvocation;
  if (wanted.dryRun) {
    print('Dry run: nothing was changed.');
    return EXIT_CODE.finished;
  }
  const place = { ...plan.best, fileSystem, logger: SILENT };
  const configurations = async () => (config.writes.reconfigEnabled ? openConfigurations(config, SILENT) : undefined);
  await performRecovery({ plan, place, configurations, time: Date.now() });
  print(`Done. Start server ${plan.best.id} with ${wanted.config}. Other servers must not start with what they have:`);
  print('move their version-2 directories away, and add them with reconfig, under new ids.');
  return EXIT_CODE.finished;
}

const NOT_NEEDED =
  'the servers that are left are a quorum of the ensemble: start them, and nothing is lost (--force recovers all the same)';

function readArguments(args: readonly string[], print: (line: string) => void): ReturnType<typeof recoverArguments> {
  try {
    const wanted = recoverArguments(args);
    if (wanted === undefined) print(RECOVER_USAGE);
    return wanted;
  } catch (error) {
    if (error instanceof ArgumentsError) print(RECOVER_USAGE);
    throw error;
  }
}
