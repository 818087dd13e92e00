// Reads the files of a configuration. The only part of this package that knows of a disk, and of that only "read this text".

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { composeServerConfig } from './compose.ts';
import { ConfigError } from './config-error.ts';
import type { ServerConfig } from './server-config.ts';
import { parseDynamicConfig, parseZooCfg } from './zoo-cfg.ts';

export interface ConfigFiles {
  /** Text of a file; undefined when there is none. Throws when it cannot be read. */
  readText(path: string): string | undefined;
}

/** `path` and the relative paths in the file are relative to the working directory, as in ZooKeeper. */
export function loadServerConfig(path: string, files: ConfigFiles = diskFiles): ServerConfig {
  const zooCfg = parseZooCfg(readRequired(path, files, 'check the path that was given to the server'), path);
  const dynamicPath = zooCfg.settings.optionalText('dynamicConfigFile');
  const dynamic =
    dynamicPath === undefined
      ? undefined
      : parseDynamicConfig(
          readRequired(dynamicPath, files, `correct dynamicConfigFile in ${path}, or create it`),
          dynamicPath,
        );
  const myIdFile = join(zooCfg.settings.optionalText('dataDir') ?? '', 'myid');
  const myId = { file: myIdFile, text: readIfPresent(myIdFile, files) };
  return withAbsolutePaths(composeServerConfig({ zooCfg, dynamic, myId }));
}

export function withAbsolutePaths(config: ServerConfig): ServerConfig {
  const { dataDir, dataLogDir } = config.storage;
  const storage = Object.freeze({ ...config.storage, dataDir: resolve(dataDir), dataLogDir: resolve(dataLogDir) });
  return Object.freeze({ ...config, storage });
}

const diskFiles: ConfigFiles = {
  readText(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
};

/** ENOTDIR: a part of the path is a file, so the file is as missing as with ENOENT. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

function readRequired(path: string, files: ConfigFiles, remedy: string): string {
  const text = readIfPresent(path, files);
  if (text !== undefined) return text;
  throw new ConfigError({ file: path, problem: 'file does not exist', remedy });
}

function readIfPresent(path: string, files: ConfigFiles): string | undefined {
  try {
    return files.readText(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    throw new ConfigError(
      { file: path, problem: `cannot be read (${reason})`, remedy: 'make it a file that this user may read' },
      { cause },
    );
  }
}
