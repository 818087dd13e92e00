// The one error that reading jute can give: whatever the bytes are, a reader never throws anything else.

export class JuteError extends Error {
  override readonly name = 'JuteError';
  readonly code = 'JUTE';
  /** Where in the bytes given to the reader the problem starts. */
  readonly offset: number;
  constructor(problem: string, offset: number) {
    super(`${problem} at byte ${offset}`);
    this.offset = offset;
  }
}
