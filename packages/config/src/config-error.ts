// What is wrong with a configuration: where it stands, what stands there, and what to write instead.

export interface ConfigErrorDetails {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly key?: string | undefined;
  /** Left out for keys that hold a secret. */
  readonly value?: string | undefined;
  /** What is wrong, as a clause: "is not a number". */
  readonly problem: string;
  /** What to do about it, as an imperative clause: "write a port from 1 to 65535". */
  readonly remedy: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly problem: string;
  readonly remedy: string;

  constructor(details: ConfigErrorDetails, options?: ErrorOptions) {
    super(describe(details), options);
    this.file = details.file;
    this.line = details.line;
    this.key = details.key;
    this.value = details.value;
    this.problem = details.problem;
    this.remedy = details.remedy;
  }
}

/** `zoo.cfg:3: clientPort=abc: is not a whole number; write a port from 1 to 65535`. */
function describe({ file, line, key, value, problem, remedy }: ConfigErrorDetails): string {
  const where = placeOf(file, line);
  const what = key === undefined ? undefined : value === undefined ? key : `${key}=${value}`;
  return `${[where, what, problem].filter((part) => part !== undefined).join(': ')}; ${remedy}`;
}

export function placeOf(file: string | undefined, line: number | undefined): string | undefined {
  if (file === undefined) return undefined;
  return line === undefined ? file : `${file}:${line}`;
}
