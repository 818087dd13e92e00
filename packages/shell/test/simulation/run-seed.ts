// One seed: a load, crashes that lose unflushed bytes, then calm; and what must hold in the end.

import type { ServerId } from '@zebu/protocol';
import { ReadOnlyWorkload } from './read-only-workload.ts';
import { type Mutation, SimulatedEnsemble } from './simulated-ensemble.ts';
import { persistently, SurfaceWorkload } from './surface-workload.ts';
import { Workload } from './workload.ts';

export interface SeedOutcome {
  readonly acknowledgedCount: number;
  readonly ephemeralCount: number;
  readonly crashCount: number;
  readonly leaderCrashCount: number;
  /** Answered, and refused, by servers without a quorum. */
  readonly readOnly: { readonly readCount: number; readonly refusedCount: number };
  readonly violations: readonly string[];
}

export interface SeedOptions {
  readonly crashCount: number;
  /** Acknowledged writes between crashes. */
  readonly writesBetween: number;
  readonly mutation?: Mutation;
}

/** Longest virtual time that anything may take once faults have stopped. */
const PATIENCE_MS = 120_000;
/** Longer than a server waits before it serves reads without a quorum. */
const LONG_AWAY_MS = 2500;

export async function runSeed(seed: number, options: SeedOptions): Promise<SeedOutcome> {
  const ensemble = new SimulatedEnsemble(seed, options.mutation === undefined ? {} : { mutation: options.mutation });
  const { time, random } = ensemble;
  for (const id of ensemble.ids) ensemble.start(id);
  const workload = new Workload(ensemble, 3);
  // What a mutant does is told by the plain writes that it loses.
  const surface = new SurfaceWorkload(ensemble, workload, options.mutation === undefined ? 1 : 0);
  const reader = new ReadOnlyWorkload(ensemble, workload);
  if (ensemble.readOnlyMode) reader.start();
  const failed = (): boolean => ensemble.errors.length > 0;
  let leaderCrashCount = 0;
  for (let crash = 0; crash < options.crashCount && !failed(); crash++) {
    const target = (crash + 1) * options.writesBetween;
    await time.runUntil(
      () => failed() || workload.acknowledged.length >= target,
      PATIENCE_MS,
      `${target} acknowledged writes`,
    );
    await time.runUntil(() => failed() || ensemble.leader() !== undefined, PATIENCE_MS, 'a leader');
    leaderCrashCount += await crashSome(ensemble, crash);
  }
  const target = (options.crashCount + 1) * options.writesBetween;
  await time.runUntil(
    () => failed() || workload.acknowledged.length >= target,
    PATIENCE_MS,
    'writes after the last crash',
  );
  workload.stop();
  surface.stop();
  reader.stop();
  const areStopped = (): boolean => workload.stopped && surface.stopped && reader.stopped;
  const isCalm = (): boolean => areStopped() && surface.isLetGo && inStep(ensemble);
  await time.runUntil(() => failed() || isCalm(), PATIENCE_MS, 'all servers in step, without ephemerals');
  const violations = [
    ...ensemble.errors.map(String),
    ...workload.violations,
    ...surface.violations,
    ...reader.violations,
  ];
  if (violations.length === 0) violations.push(...(await verify(ensemble, workload, surface)));
  return {
    acknowledgedCount: workload.acknowledged.length,
    ephemeralCount: surface.ephemeralCount,
    crashCount: options.crashCount,
    leaderCrashCount,
    readOnly: { readCount: reader.readCount, refusedCount: reader.refusedCount },
    violations,
  };

  /** Every second crash hits the leader; some hit all at once. Returns how many leaders fell. */
  async function crashSome(world: SimulatedEnsemble, number: number): Promise<number> {
    const leader = world.leader() as ServerId;
    const others = world.up.filter((id) => id !== leader);
    // Right after other crashes the leader may be the only one that has booted.
    const hitsLeader = number % 2 === 0 || others.length === 0;
    const victims = hitsLeader ? [leader] : [others[random.below(others.length)] as ServerId];
    if (random.below(4) === 0) for (const id of world.up) if (!victims.includes(id)) victims.push(id);
    // Twice a seed one is left alone for long, or starts alone.
    const isLong = world.readOnlyMode && number % 3 === 1;
    const alone = world.ids[random.below(world.ids.length)] as ServerId;
    if (isLong) for (const id of world.up) if (!victims.includes(id) && id !== alone) victims.push(id);
    for (const id of victims) world.crash(id);
    await Promise.resolve();
    for (const id of victims) {
      const awayMs = random.between(5, 600) + (isLong && id !== alone ? LONG_AWAY_MS : 0);
      time.after(awayMs, () => world.start(id));
    }
    return hitsLeader ? 1 : 0;
  }
}

function inStep(ensemble: SimulatedEnsemble): boolean {
  const views = ensemble.ids.map((id) => ensemble.view(id));
  return views.every(
    (view) =>
      view?.serving === true &&
      !view.readOnly &&
      view.lastZxid === views[0]?.lastZxid &&
      view.outstandingRequestCount === 0,
  );
}

/** Nothing acknowledged is lost, nothing else is left over, and the trees are equal, also when all that is unused is collected. */
async function verify(ensemble: SimulatedEnsemble, workload: Workload, surface: SurfaceWorkload): Promise<string[]> {
  const violations = differences(ensemble);
  const client = workload.client();
  let done = false;
  const reading = (async () => {
    for (const { path, data, czxid } of workload.acknowledged) {
      try {
        const found = await persistently(() => client.getData(path));
        if (new TextDecoder().decode(found.data ?? undefined) !== data) violations.push(`${path} holds something else`);
        if (found.stat.czxid !== czxid)
          violations.push(`${path} was created at ${czxid} and now says ${found.stat.czxid}`);
      } catch (error) {
        violations.push(`acknowledged ${path} is lost: ${String(error)}`);
      }
    }
    violations.push(...(await surface.verify(client)));
    done = true;
  })();
  await ensemble.time.runUntil(() => done, PATIENCE_MS, 'reading back');
  await reading;
  await ensemble.time.runUntil(() => inStep(ensemble), PATIENCE_MS, 'all servers in step');
  return [...violations, ...differences(ensemble)];
}

function differences(ensemble: SimulatedEnsemble): string[] {
  const views = ensemble.ids.map((id) => ensemble.view(id));
  return new Set(views.map((view) => view?.treeDigest)).size === 1 ? [] : ['the trees differ'];
}
