// What a package exports, as its default, to be named by electionModule in zoo.cfg: an implementation of the Election port, and what a server must know
// of it before it takes it into use.

import type { Election, ElectionDependencies } from './election.ts';

/** Raised when a module that was written for the port as it is would no longer do as it should. */
export const ELECTION_PORT_VERSION = 1;

/** Lower-case letters and digits, with `.`, `_`, `-`, `/` and `@` among them: as packages are called. */
export const ELECTION_MODULE_NAME = /^[@a-z0-9][a-z0-9._/-]{0,63}$/;

export interface ElectionModule<Options = unknown> {
  /**
   * Servers tell it to each other, and refuse whose differs. It stands for what the module says in its notifications: a release that others of the
   * same name would misunderstand has another name.
   */
  readonly name: string;
  /** The ELECTION_PORT_VERSION that it was written for. */
  readonly portVersion: number;
  /** Of `electionModule.X=text` in zoo.cfg, text by X. Throws ElectionOptionError, also at an option that it does not know. */
  parseOptions(given: ReadonlyMap<string, string>): Options;
  /** As ElectionFactory. */
  create(dependencies: ElectionDependencies, options: Options): Election;
}
