// Runs a scenario again and again, each time with the crash one file-system operation later, and looks at what a restart finds.

import type { Storage } from '@zebu/interfaces';
import type { Zxid } from '@zebu/protocol';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { seededRandom } from './random.ts';
import { content, readAll, SILENT, zxidsOf } from './support.ts';

export type CrashKind = 'power failure' | 'kill -9';

export interface FoundState {
  readonly lastLogged: bigint;
  /** From the newest snapshot to the end. */
  readonly txns: readonly bigint[];
  /** Newest first; every body was read to its end, with its checksum. */
  readonly snapshots: readonly bigint[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
}

export interface CrashScenario {
  /** Before the first open. */
  readonly arrange?: (fileSystem: MemoryFileSystem) => Promise<void>;
  /** Before crashes begin; without it the crash comes during the first open. */
  readonly prepare?: (storage: Storage) => Promise<void>;
  /** Calls `reached` when something was promised to be durable. */
  readonly run?: (storage: Storage, reached: (step: string) => void, fileSystem: MemoryFileSystem) => Promise<void>;
  /** Throws when a restart must not find this. */
  readonly check: (found: FoundState, reached: ReadonlySet<string>) => void;
  readonly options?: StorageOptions;
}

const SMALL: StorageOptions = { preAllocSizeKb: 4 };

export async function openAt(fileSystem: MemoryFileSystem, options: StorageOptions = {}): Promise<Storage> {
  const place = { fileSystem: fileSystem.mount(), dataDir: '/data', dataLogDir: '/logs' };
  return openStorage({ ...place, logger: SILENT, options: { ...SMALL, ...options } });
}

/** Returns how many different points the crash came at. */
export async function crashEverywhere(scenario: CrashScenario, kind: CrashKind, seeds: number): Promise<number> {
  for (let seed = 0; seed < seeds; seed++) {
    for (let point = 0; ; point++) {
      const done = await crashOnce(scenario, { kind, point, seed: seed * 10_007 + point });
      if (!done) continue;
      if (seed === seeds - 1) return point;
      break;
    }
  }
  return 0;
}

/** True when the scenario was over before its crash. */
async function crashOnce(
  scenario: CrashScenario,
  crash: { readonly kind: CrashKind; readonly point: number; readonly seed: number },
): Promise<boolean> {
  const random = seededRandom(crash.seed);
  const trigger = new CrashTrigger();
  const fileSystem = new MemoryFileSystem({ schedule: () => trigger.pass() });
  const strike = (): void => (crash.kind === 'kill -9' ? fileSystem.kill({ random }) : fileSystem.crash({ random }));
  const reached = new Set<string>();
  await scenario.arrange?.(fileSystem);
  const body = await bodyOf(scenario, fileSystem, (step) => void reached.add(step));
  const outcome = await trigger.race(crash.point, strike, body);
  if (outcome === 'done') strike();
  try {
    // Twice the same happens while a restart is busy with what it finds.
    for (let attempt = 0; attempt < 2; attempt++) {
      await trigger.race(random.below(60), strike, () => openAt(fileSystem, scenario.options));
      strike();
    }
    await checkRestarts(scenario, fileSystem, reached, random);
  } catch (error) {
    throw new Error(`${crash.kind} after ${crash.point} operations, seed ${crash.seed}: ${String(error)}`, {
      cause: error,
    });
  }
  return outcome === 'done';
}

async function bodyOf(
  scenario: CrashScenario,
  fileSystem: MemoryFileSystem,
  reached: (step: string) => void,
): Promise<() => Promise<unknown>> {
  if (scenario.prepare === undefined) return () => openAt(fileSystem, scenario.options).then(() => reached('open'));
  const storage = await openAt(fileSystem, scenario.options);
  await scenario.prepare(storage);
  return () => scenario.run?.(storage, reached, fileSystem) ?? Promise.resolve();
}

/** What a restart has read must survive a power failure at once: it has voted with it. */
async function checkRestarts(
  scenario: CrashScenario,
  fileSystem: MemoryFileSystem,
  reached: ReadonlySet<string>,
  random: ReturnType<typeof seededRandom>,
): Promise<void> {
  const first = await stateOf(await openAt(fileSystem, scenario.options));
  scenario.check(first, reached);
  fileSystem.crash({ random });
  const storage = await openAt(fileSystem, scenario.options);
  const second = await stateOf(storage);
  scenario.check(second, reached);
  const voted = ({ lastLogged, acceptedEpoch, currentEpoch }: FoundState): string =>
    `0x${lastLogged.toString(16)}, epochs ${acceptedEpoch} and ${currentEpoch}`;
  if (voted(second) !== voted(first)) {
    throw new Error(`a power failure after the restart changed ${voted(first)} to ${voted(second)}`);
  }
  await storage.close();
}

export async function stateOf(storage: Storage): Promise<FoundState> {
  const snapshots: Zxid[] = [];
  for (let next = await storage.snapshots.open(); next !== undefined; next = await storage.snapshots.open(next.zxid)) {
    snapshots.push(next.zxid);
    await content(next);
  }
  return {
    lastLogged: storage.log.lastLoggedZxid,
    txns: zxidsOf(await readAll(storage.log, snapshots[0] ?? (0n as Zxid))),
    snapshots,
    acceptedEpoch: storage.epochs.acceptedEpoch,
    currentEpoch: storage.epochs.currentEpoch,
  };
}

class CrashTrigger {
  #left: number | undefined;
  #strike: () => void = () => undefined;

  async race(point: number, strike: () => void, body: () => Promise<unknown>): Promise<'done' | 'crashed'> {
    const crashed = new Promise<'crashed'>((resolve) => {
      this.#strike = () => {
        strike();
        resolve('crashed');
      };
    });
    this.#left = point;
    const outcome = await Promise.race([body().then(() => 'done' as const), crashed]);
    this.#left = undefined;
    return outcome;
  }

  async pass(): Promise<void> {
    if (this.#left === undefined) return;
    if (this.#left-- === 0) {
      this.#left = undefined;
      this.#strike();
    }
  }
}
