// Every known bug of Zab's implementations as a story, by family.

import { ambiguities } from './ambiguities.ts';
import { elections } from './elections.ts';
import { epochsAndLogs } from './epochs-and-logs.ts';
import { healing } from './healing.ts';
import { oracle } from './oracle.ts';
import { paper } from './paper.ts';
import { peers } from './peers.ts';
import { powerLoss } from './power-loss.ts';
import { promises } from './promises.ts';
import { reconfiguration } from './reconfiguration.ts';
import { rollover } from './rollover.ts';
import type { Scenario } from './scenario.ts';
import { sessions } from './sessions.ts';
import { snapshots } from './snapshots.ts';
import { synchronization } from './synchronization.ts';

export const scenarios: readonly Scenario[] = [
  ...paper,
  ...synchronization,
  ...epochsAndLogs,
  ...snapshots,
  ...sessions,
  ...elections,
  ...reconfiguration,
  ...rollover,
  ...oracle,
  ...ambiguities,
  ...peers,
  ...powerLoss,
  ...healing,
  ...promises,
];
