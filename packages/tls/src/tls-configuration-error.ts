/** What is wrong with a setting or with the file that it names, and what to do. No secret is in it. */
export class TlsConfigurationError extends Error {
  override readonly name = 'TlsConfigurationError';
  readonly code = 'TLS_CONFIGURATION';
  /** The key of zoo.cfg. */
  readonly key: string;
  readonly value: string | undefined;
  readonly problem: string;
  readonly remedy: string;

  constructor(
    details: {
      readonly key: string;
      /** The file, or the value when it is none. */
      readonly value?: string;
      /** A clause: "does not exist". */
      readonly problem: string;
      /** An imperative: "correct the path". */
      readonly remedy: string;
    },
    options?: ErrorOptions,
  ) {
    const { key, value, problem, remedy } = details;
    super(`${value === undefined ? key : `${key}=${value}`}: ${problem}; ${remedy}`, options);
    this.key = key;
    this.value = value;
    this.problem = problem;
    this.remedy = remedy;
  }
}
