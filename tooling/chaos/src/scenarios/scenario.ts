// One thing that befalls an ensemble under load. It says what it does; what must hold is the same for all.

import type { ServerId } from '@zebu/protocol';
import type { SeededRandom } from '@zebu/simulator/clients';
import type { Finding } from '../checks/finding.ts';
import type { LossyDisk } from '../disks/lossy-disk.ts';
import type { Ensemble } from '../ensemble/ensemble.ts';
import type { EnsembleSettings } from '../ensemble/zoo-cfg.ts';
import type { Network } from '../network/network.ts';
import type { Load } from '../run/load.ts';
import type { Patience } from '../run/patience.ts';

export type Need = 'nothing' | 'network' | 'disks';

/** What every scenario is given. */
export interface Stage {
  readonly ensemble: Ensemble;
  readonly random: SeededRandom;
  readonly patience: Patience;
  readonly load: Load;
  /** By how much limits of time are to be taken wider than they are promised: 1 on a machine that has nothing else to do. */
  readonly slack: number;
  /** A line about what happens now. */
  tell(line: string): void;
  /** What was measured, for the table at the end. */
  report(figure: string): void;
  blame(finding: Finding): void;
  /** Lets the load run for about so long. */
  pass(ms: number): Promise<void>;
}

export interface NetworkStage extends Stage {
  readonly network: Network;
}

export interface DiskStage extends Stage {
  disk(id: ServerId): LossyDisk;
}

interface Description {
  readonly name: string;
  /** What is done, and what must come of it. */
  readonly sentence: string;
  readonly serverCount: 3 | 5;
  readonly settings?: Partial<EnsembleSettings>;
  /** The servers are told to break this promise, and the run must notice: else its silence about others says nothing. */
  readonly mustBreak?: string;
}

export type Scenario = Description &
  (
    | { readonly needs: 'nothing'; play(stage: Stage): Promise<void> }
    | { readonly needs: 'network'; play(stage: NetworkStage): Promise<void> }
    | { readonly needs: 'disks'; play(stage: DiskStage): Promise<void> }
  );
