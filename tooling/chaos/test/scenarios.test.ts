// Every scenario once, as `pnpm chaos` plays it. It runs what was built: build first. Where namespaces or mounts are not allowed, its scenarios are skipped,
// and the report says why.

import { describe, it } from 'vitest';
import { whyNot } from '../src/sandbox/sandbox.ts';
import { scenarios } from '../src/scenarios/index.ts';
import type { Need } from '../src/scenarios/scenario.ts';
import { chaos } from './support/chaos.ts';

const SEED = '1';
/** A busy machine is no failure: by hand, without this, the promised 2 s are the limit. */
const SLACK = '15';
const LIMIT_MS = 600_000;

const NEEDS: readonly Need[] = ['nothing', 'network', 'disks'];
const reasons = new Map(NEEDS.map((need) => [need, whyNot(need)]));

describe('pnpm chaos', () => {
  for (const { name, sentence, needs } of scenarios) {
    it(
      `${name}: ${sentence}`,
      async (context) => {
        const reason = reasons.get(needs);
        if (reason !== undefined) context.skip(reason);
        const { code, output } = await chaos(['--scenario', name, '--seed', SEED, '--slack', SLACK]);
        console.log(output);
        if (code !== 0) throw new Error(`ended with ${code}:\n${output}`);
      },
      LIMIT_MS,
    );
  }
});
