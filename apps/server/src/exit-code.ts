// Exit codes of ZooKeeper's QuorumPeerMain (ExitCode), and which failure ends in which.

import { ArgumentsError, ConfigError, USAGE } from '@zebu/config';
import { DataDirectoryError, DirectoryInUseError } from '@zebu/interfaces';

export const EXIT_CODE = {
  finished: 0,
  unexpectedError: 1,
  invalidInvocation: 2,
  dataDirectoryNotAccessible: 3,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

export interface Ending {
  readonly code: ExitCode;
  /** What QuorumPeerMain prints on stderr beside the reason. */
  readonly notice: string;
}

export function endingOf(error: unknown): Ending {
  if (error instanceof ArgumentsError) return { code: EXIT_CODE.invalidInvocation, notice: USAGE };
  if (error instanceof ConfigError) {
    return { code: EXIT_CODE.invalidInvocation, notice: 'Invalid config, exiting abnormally' };
  }
  if (error instanceof DataDirectoryError || error instanceof DirectoryInUseError) {
    return { code: EXIT_CODE.dataDirectoryNotAccessible, notice: 'Unable to access datadir, exiting abnormally' };
  }
  const notice = isBug(error) ? 'Unexpected exception, exiting abnormally' : 'Exiting abnormally';
  return { code: EXIT_CODE.unexpectedError, notice };
}

/** Failures of the world say in their message what is wrong and what to do; the cause behind it would only repeat it. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Failures of the world have a code of their own; a bug has not, and its stack is worth printing. */
export const isBug = (error: unknown): boolean =>
  !(error instanceof Error) || !('code' in error) || error.code === 'INVARIANT_BROKEN';
