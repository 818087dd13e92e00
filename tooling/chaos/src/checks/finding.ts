/** Something that cannot be, whoever found it. */
export interface Finding {
  /** Short, in kebab-case. */
  readonly check: string;
  readonly message: string;
}
