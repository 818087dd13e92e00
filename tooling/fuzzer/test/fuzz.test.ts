// What `check` asks of the client port: 200,000 frames from a seed that changes with nothing but this line.

import { expect, it } from 'vitest';
import { describeFailure } from '../src/failure-report.ts';
import { fuzz, FuzzError, type FuzzReport } from '../src/fuzz.ts';
import { breaksServer } from '../src/reproduce.ts';
import { shrink } from '../src/shrink.ts';

const SEED = 3;
const FRAMES = 200_000;
const ROUNDS = 4;
const SHRINK_LIMITS = { attempts: 100, limitMs: 60_000 };

it('200,000 frames: no crash, no growth, no effect on a healthy session', async () => {
  const report = await orThrowSmallest(
    fuzz({
      seed: SEED,
      frames: FRAMES,
      rounds: ROUNDS,
      progress: console.log,
    }),
  );
  console.log(`${report.frames} frames in ${report.seconds.toFixed(1)} s`);
  expect(report.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(report.memory).toHaveLength(ROUNDS);
  expect(report.witnessRounds).toBeGreaterThan(ROUNDS);
  // The frames reach the requests' own checks, and are not all turned away at the door.
  const reached = [
    'OK',
    'MARSHALLINGERROR',
    'NONODE',
    'BADARGUMENTS',
    'BADVERSION',
    'NODEEXISTS',
    'NOTEMPTY',
    'INVALIDACL',
  ];
  expect([...report.replies.keys()]).toEqual(
    expect.arrayContaining([...reached, 'session', 'refused session', 'event', 'text']),
  );
  expect([...report.replies.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(FRAMES / 2);
}, 300_000);

async function orThrowSmallest(running: Promise<FuzzReport>): Promise<FuzzReport> {
  try {
    return await running;
  } catch (error) {
    if (!(error instanceof FuzzError)) throw error;
    throw new Error(describeFailure(error, await shrink(error.suspects, breaksServer, SHRINK_LIMITS)), {
      cause: error,
    });
  }
}
