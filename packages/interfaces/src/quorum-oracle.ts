// Who says, from outside, whether one of two servers may go on alone (ZooKeeper's oraclePath).

export interface QuorumOracle {
  /** The handler hears the first answer, and each that differs from the one before. An oracle that cannot be asked says no. */
  start(onAnswer: (grants: boolean) => void): void;
  /** Once resolved, the handler is not called again. Safe to call twice. */
  close(): Promise<void>;
}
