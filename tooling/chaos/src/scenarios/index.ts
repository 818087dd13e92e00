import { cuts } from './cuts.ts';
import { power } from './power.ts';
import { rollingRestarts } from './rolling-restart.ts';
import type { Scenario } from './scenario.ts';
import { stoppedClock } from './stopped-clock.ts';

export const scenarios: readonly Scenario[] = [...cuts, ...stoppedClock, ...power, ...rollingRestarts];
