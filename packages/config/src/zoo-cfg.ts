// One zoo.cfg: its settings, and the lines about the ensemble, which may stand in a file of their own instead.

import { isEnsembleKey } from '@zebu/protocol';
import { ConfigError } from './config-error.ts';
import { type PropertyLine, parseProperties } from './properties.ts';
import { checkSettings, type Settings } from './settings.ts';

export interface ZooCfg {
  readonly file: string | undefined;
  readonly settings: Settings;
  /** server.N, group.N and weight.N. */
  readonly ensembleLines: readonly PropertyLine[];
  readonly warnings: readonly string[];
}

/** Throws ConfigError when a value is not one; whether the values fit together is for composeServerConfig. */
export function parseZooCfg(text: string, file?: string): ZooCfg {
  return zooCfgOfLines(parseProperties(text, file), file);
}

export function zooCfgOfLines(lines: readonly PropertyLine[], file?: string): ZooCfg {
  const ensembleLines = lines.filter((line) => isEnsembleKey(line.key));
  const { settings, warnings } = checkSettings(
    lines.filter((line) => !isEnsembleKey(line.key)),
    file,
  );
  const first = ensembleLines[0];
  if (first !== undefined && settings.has('dynamicConfigFile')) {
    throw new ConfigError({
      file,
      line: first.line,
      key: first.key,
      value: first.value,
      problem: 'stands beside dynamicConfigFile',
      remedy: 'move the server, group and weight lines to that file, or drop dynamicConfigFile',
    });
  }
  return { file, settings, ensembleLines, warnings };
}

export interface DynamicConfig {
  readonly file: string | undefined;
  readonly version: bigint;
  readonly lines: readonly PropertyLine[];
}

/** The file that dynamicConfigFile names: server, group and weight lines only. Its name ends in the version, in hex (`zoo.cfg.dynamic.100000000`). */
export function parseDynamicConfig(text: string, file?: string): DynamicConfig {
  const lines = parseProperties(text, file);
  for (const line of lines) {
    if (isEnsembleKey(line.key)) continue;
    throw new ConfigError({
      file,
      line: line.line,
      key: line.key,
      problem: 'does not belong in a dynamic configuration file',
      remedy:
        line.key === 'version'
          ? 'drop the line: the version is the end of the file name'
          : 'move it to zoo.cfg, and keep server, group and weight lines here',
    });
  }
  return { file, version: versionOfFileName(file ?? ''), lines };
}

/** 0 when the name does not end in a hexadecimal number behind a dot (QuorumPeerConfig.getVersionFromFilename). */
function versionOfFileName(file: string): bigint {
  const suffix = /\.([0-9a-fA-F]{1,16})$/.exec(file)?.[1];
  return suffix === undefined ? 0n : BigInt(`0x${suffix}`);
}
