// Where the ensemble's configuration is kept for the next start. What the log says of it counts too: docs/decisions/0005 says which counts when.

import type { Ensemble } from '@zebu/protocol';

export interface ConfigurationStore {
  /**
   * A committed configuration, newer than all that were written before: durable when it resolves, and what the next start reads. The one before
   * is kept as a backup. Rejects when it could not be written; the next start then reads the older one, and nothing is lost but time.
   */
  write(ensemble: Ensemble): Promise<void>;
}
