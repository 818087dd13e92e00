// What is wrong with a key that only shows when what it names is looked for and loaded.

import { ConfigError, type ServerConfig } from '@zebu/config';

/** Of a key whose value is no secret. */
export const keyError = (
  { file, lines, properties }: ServerConfig,
  key: string,
  { problem, remedy, cause }: { readonly problem: string; readonly remedy: string; readonly cause?: unknown },
): ConfigError =>
  new ConfigError({ file, line: lines.get(key), key, value: properties.get(key), problem, remedy }, { cause });
