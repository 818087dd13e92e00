// What every foreign client is to the conformance run: something that gives rows of a table.

export interface ClientRow {
  readonly name: string;
  readonly apache: string;
  readonly zebu: string;
  /** False for a difference that no entry of docs/divergences.md explains. */
  readonly ok: boolean;
}

export interface ClientPart {
  compare(): Promise<readonly ClientRow[]>;
}
