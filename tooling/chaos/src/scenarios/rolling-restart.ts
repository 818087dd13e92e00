// A rolling restart as an operator does it: SIGTERM, start, wait until it serves, the next one. Writers that retry on connection loss must not notice more than
// a moment.

import { lengthOf } from '../checks/availability.ts';
import { idsOf } from '../ensemble/ensemble.ts';
import { shuffled } from './draw.ts';
import type { Scenario, Stage } from './scenario.ts';

/** No write of a client that retries takes longer. */
const LONGEST_WRITE_MS = 2000;
const WRITER_COUNT = 6;
const CALM_MS = 2000;
/** Shorter pauses are those of a busy machine. */
const SHORTEST_OUTAGE_MS = 50;

async function rollingRestart(stage: Stage): Promise<void> {
  const { ensemble, load, random, slack } = stage;
  const writers = load.startRetryingWriters(WRITER_COUNT);
  await load.progress('by writers that retry');
  const calmFromMs = load.nowMs;
  await stage.pass(CALM_MS);
  const fromMs = load.nowMs;
  const usualMs = load.availability.longestGapMs({ fromMs: calmFromMs, toMs: fromMs });

  const leader = await ensemble.leader();
  const order = shuffled(random, ensemble.servers);
  stage.tell(`servers ${idsOf(order)} are restarted in this order; ${leader.id} leads`);
  for (const server of order) {
    const restartFromMs = load.nowMs;
    const role = await server.mode();
    await server.end('SIGTERM');
    server.start();
    await ensemble.serving();
    await load.progress('between two restarts');
    const pauseMs = load.availability.longestGapMs({ fromMs: restartFromMs, toMs: load.nowMs });
    stage.report(`restart of server ${server.id}, a ${role}: no write answered for ${round(pauseMs)} ms`);
  }
  await stage.pass(CALM_MS);

  const gaps = load.availability.gaps({ fromMs, toMs: load.nowMs }).map(lengthOf);
  const outages = gaps.filter((ms) => ms > Math.max(SHORTEST_OUTAGE_MS, usualMs));
  const total = outages.reduce((sum, ms) => sum + ms, 0);
  stage.report(
    `all restarts: no write answered for ${round(total)} ms in ${outages.length} pauses (longest before: ${round(usualMs)} ms)`,
  );
  const writes = writers.flatMap((writer) => writer.writes);
  const slowest = Math.max(0, ...writes.map(({ tookMs }) => tookMs));
  const repeated = writes.filter(({ attemptCount }) => attemptCount > 1).length;
  stage.report(`slowest of ${writes.length} retried writes ${round(slowest)} ms, ${repeated} needed another attempt`);
  if (slowest > LONGEST_WRITE_MS * slack) {
    stage.blame({
      check: 'no-write-takes-long',
      message: `a write took ${round(slowest)} ms, ${LONGEST_WRITE_MS} are promised`,
    });
  }
  for (const path of writers.flatMap((writer) => writer.strangers)) {
    stage.blame({ check: 'writes-done-once', message: `${path} existed before anybody had asked for it` });
  }
}

const round = (ms: number): string => ms.toFixed(0);

export const rollingRestarts: readonly Scenario[] = [
  {
    name: 'rolling-restart',
    sentence:
      'Three servers are restarted one after the other; no write of a client that retries takes over 2 s, none is done twice.',
    serverCount: 3,
    // As `pnpm start` has them, and most installations.
    settings: { tickTimeMs: 2000, initLimit: 10, syncLimit: 5 },
    needs: 'nothing',
    play: rollingRestart,
  },
];
