// A recovery that is cut short, by a crash after any one of its operations: what it leaves can be recovered again, with all that there was, and is safe
// to start a server on.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfigurationStore, loadServerConfig, type ServerConfig } from '@zebu/config';
import type { FileSystem, Logger, Storage } from '@zebu/interfaces';
import { encodeTxn, JuteWriter } from '@zebu/jute';
import { type Epoch, makeZxid, NO_SESSION, OpCode, type ServerId, type TxnBytes, type Zxid } from '@zebu/protocol';
import { openStorage, surveyDirectory } from '@zebu/txnlog';
import { MemoryFileSystem } from '@zebu/txnlog/memory';
import { describe, expect, it } from 'vitest';
import { performRecovery } from '../../src/recover/perform-recovery.ts';
import { planRecovery, type RecoveryPlan } from '../../src/recover/recovery-plan.ts';
import { readTree } from '../../src/recover/tree-at-rest.ts';

const quiet = (): void => undefined;
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const SELF = 1 as ServerId;
const [ACCEPTED, CURRENT] = [3 as Epoch, 2 as Epoch];
const FENCED_EPOCHS = 0x1_0000;
/** Thousands of recoveries: some seconds, and minutes where the machine has more to do. */
const TIMEOUT_MS = 300_000;
const zxid = (epoch: number, counter: number): Zxid => makeZxid(epoch as Epoch, counter);
const LAST = zxid(2, 4);
/** In the second record of a log file. */
const BIT = 8 * 300;

function configuration(): ServerConfig {
  const directory = mkdtempSync(join(tmpdir(), 'zebu-recovery-'));
  writeFileSync(join(directory, 'myid'), '1');
  const lines = ['initLimit=10', 'syncLimit=5', 'reconfigEnabled=true', 'standaloneEnabled=false'];
  const text = `dataDir=${directory}\n${lines.join('\n')}\nserver.1=a:2888:3888:participant;2181\n`;
  writeFileSync(join(directory, 'zoo.cfg'), text);
  return loadServerConfig(join(directory, 'zoo.cfg'));
}

const CONFIG = configuration();
const { dataDir } = CONFIG.storage;
const VERSION_DIRECTORY = join(dataDir, 'version-2');

function createTxn(at: Zxid): TxnBytes {
  const writer = new JuteWriter();
  const data = new TextEncoder().encode(`what was written at ${at}, of some length so that a bit of it can be flipped`);
  const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
  const node = { path: `/n${at}`, data, acl, ephemeral: false, parentCVersion: -1 } as const;
  encodeTxn(
    writer,
    { sessionId: NO_SESSION, cxid: 0, time: 1, zxid: at, type: OpCode.CREATE },
    { type: 'create', ...node },
  );
  return writer.take() as TxnBytes;
}

const open = (fileSystem: FileSystem, heals: boolean): Promise<Storage> =>
  openStorage({ fileSystem, dataDir, logger: SILENT, options: { preAllocSizeKb: 4, heals } });

/** Three files of the log, of epochs 1 and 2. */
async function directory(schedule: () => Promise<void>): Promise<MemoryFileSystem> {
  const memory = new MemoryFileSystem({ schedule });
  const storage = await open(memory.mount(), true);
  await storage.epochs.writeAcceptedEpoch(ACCEPTED);
  await storage.epochs.writeCurrentEpoch(CURRENT);
  for (const [epoch, first] of [
    [1, 1],
    [2, 1],
    [2, 3],
  ] as const) {
    storage.log.roll();
    storage.log.append([createTxn(zxid(epoch, first)), createTxn(zxid(epoch, first + 1))]);
    await storage.log.flush();
  }
  await storage.close();
  const file = await memory.open(join(dataDir, 'zoo.cfg'), 'create');
  await file.write(new Uint8Array(readFileSync(join(dataDir, 'zoo.cfg'))), 0);
  await file.datasync();
  await memory.syncDirectory(dataDir);
  return memory;
}

async function planFor(fileSystem: FileSystem): Promise<RecoveryPlan> {
  const found = await surveyDirectory({ fileSystem, dataDir, logger: SILENT }, readTree);
  const former = { ...CONFIG.ensemble, servers: new Map(CONFIG.ensemble.servers) };
  const [self] = CONFIG.ensemble.servers.values();
  for (const id of [2, 3] as ServerId[]) former.servers.set(id, { ...(self as NonNullable<typeof self>), id });
  const plan = planRecovery([{ id: SELF, dataDir, dataLogDir: undefined, found }], CONFIG, former);
  return plan as RecoveryPlan;
}

/** As the command does it; `refused` where it would say that the servers need only be started. */
async function recover(memory: MemoryFileSystem): Promise<'done' | 'refused'> {
  const fileSystem = memory.mount();
  const plan = await planFor(fileSystem);
  expect(plan.refusals).toEqual([]);
  if (!plan.isNeeded) return 'refused';
  const store = createConfigurationStore(
    { fileSystem, copyAccess: async () => undefined },
    { file: join(dataDir, 'zoo.cfg'), self: SELF },
  );
  const configurations = async () => {
    await store.cleanUp();
    await store.backUp();
    return store;
  };
  const place = { fileSystem, dataDir, logger: SILENT };
  await performRecovery({ plan, place, configurations, time: 1 });
  return 'done';
}

interface Situation {
  readonly what: string;
  /** Where the history ends that can be kept. */
  readonly last: Zxid;
  /** What is known of the epoch that was accepted. */
  readonly accepted: Epoch;
  readonly damage: (memory: MemoryFileSystem) => Promise<void> | void;
}

const log = (first: string): string => join(VERSION_DIRECTORY, `log.${first}`);

const SITUATIONS: readonly Situation[] = [
  { what: 'a sound directory', last: LAST, accepted: ACCEPTED, damage: () => undefined },
  {
    what: 'a damaged log',
    last: zxid(2, 1),
    accepted: ACCEPTED,
    damage: (memory) => memory.flipBit(log('200000001'), BIT),
  },
  {
    what: 'a damaged log that the server set aside',
    last: zxid(2, 3),
    accepted: ACCEPTED,
    damage: async (memory) => {
      memory.flipBit(log('200000003'), BIT);
      await (await open(memory.mount(), true)).close();
    },
  },
  {
    what: 'epoch files that say nothing',
    last: LAST,
    accepted: CURRENT,
    damage: async (memory) => {
      for (const name of ['acceptedEpoch', 'currentEpoch']) {
        const file = await memory.open(join(VERSION_DIRECTORY, name), 'write');
        await file.write(new TextEncoder().encode('?'), 0);
        await file.datasync();
      }
    },
  },
];

/** What a server would find that is started as it always was; undefined: a mark, with which it is in no quorum. */
async function foundAtStart(memory: MemoryFileSystem) {
  const storage = await open(memory.mount(), true);
  const { stands } = storage.damage;
  const found = stands ? undefined : { ...(await readTree(storage)), last: storage.log.lastLoggedZxid };
  const { acceptedEpoch } = storage.epochs;
  await storage.close();
  return { found, acceptedEpoch };
}

/** After so many operations, once for each number. */
class Crashes {
  #left = Number.POSITIVE_INFINITY;
  #strike = quiet;

  readonly pass = async (): Promise<void> => {
    if (this.#left-- === 0) this.#strike();
  };

  async race<Outcome>(
    point: number,
    memory: MemoryFileSystem,
    unsynced: 'lost' | 'kept',
    work: () => Promise<Outcome>,
  ) {
    const crashed = new Promise<'crashed'>((resolve) => {
      this.#strike = () => {
        memory.crash({ unsynced });
        resolve('crashed');
      };
    });
    this.#left = point;
    const outcome = await Promise.race([work(), crashed]);
    this.#left = Number.POSITIVE_INFINITY;
    return outcome;
  }
}

async function arranged(situation: Situation): Promise<{ memory: MemoryFileSystem; crashes: Crashes }> {
  const crashes = new Crashes();
  const memory = await directory(crashes.pass);
  await situation.damage(memory);
  return { memory, crashes };
}

const namesOfHistory = (memory: MemoryFileSystem): string[] =>
  memory
    .namesIn(VERSION_DIRECTORY)
    .flatMap((name) => (name.startsWith('set-aside-') ? memory.namesIn(join(VERSION_DIRECTORY, name)) : [name]))
    .filter((name) => /^(log|snapshot)\./.test(name));

async function expectRecovered(memory: MemoryFileSystem, { last }: Situation): Promise<void> {
  const { found, acceptedEpoch } = await foundAtStart(memory);
  expect(acceptedEpoch).toBeGreaterThan(CURRENT + FENCED_EPOCHS);
  const nodes = [zxid(1, 1), zxid(1, 2), zxid(2, 1), zxid(2, 2), zxid(2, 3), LAST].filter((each) => each <= last);
  expect(found?.txns.flatMap(({ first, last: end }) => [first, end])).toEqual(expect.arrayContaining([nodes.at(-1)]));
  // The root, what every tree begins with, and what was written.
  expect(found?.nodeCount).toBe((await emptyNodeCount()) + nodes.length);
  expect(found?.replaced).toBeUndefined();
  expect([...(found?.ensemble?.servers.keys() ?? [])]).toEqual([SELF]);
  for (const name of ['log.100000001', 'log.200000001', 'log.200000003', 'snapshot.0'])
    expect(namesOfHistory(memory)).toContain(name);
}

async function emptyNodeCount(): Promise<number> {
  const memory = new MemoryFileSystem();
  const storage = await open(memory.mount(), true);
  const { nodeCount } = await readTree(storage);
  return nodeCount;
}

describe.each(SITUATIONS)('recovering $what', (situation) => {
  it('keeps all that can be kept, and every file', async () => {
    const { memory } = await arranged(situation);
    expect(await recover(memory)).toBe('done');
    memory.crash({ unsynced: 'lost' });
    await expectRecovered(memory, situation);
  });

  it.each(['lost', 'kept'] as const)(
    'can be cut short anywhere and done again: what was not synced is %s',
    async (unsynced) => {
      for (let point = 0; ; point++) {
        const { memory, crashes } = await arranged(situation);
        const outcome = await crashes.race(point, memory, unsynced, () => recover(memory));
        if (outcome !== 'crashed') return expect(point).toBeGreaterThan(50);
        // Once more, a little later: what is left of two is no worse.
        await crashes.race((point * 7) % 60, memory, unsynced, () => recover(memory));
        memory.crash({ unsynced });
        const again = await recover(memory);
        memory.crash({ unsynced: 'lost' });
        expect(['done', 'refused'], `after ${point} operations`).toContain(again);
        await expectRecovered(memory, situation);
      }
    },
    TIMEOUT_MS,
  );

  it.each(['lost', 'kept'] as const)(
    'leaves what a server may start on: what was not synced is %s',
    async (unsynced) => {
      for (let point = 0; ; point++) {
        const { memory, crashes } = await arranged(situation);
        if ((await crashes.race(point, memory, unsynced, () => recover(memory))) !== 'crashed') return;
        const { found, acceptedEpoch } = await foundAtStart(memory);
        expect(acceptedEpoch, `after ${point} operations`).toBeGreaterThanOrEqual(situation.accepted);
        if (found === undefined) continue;
        // Unmarked: nothing is missing that there was, or the recovery was as good as done.
        const isFenced = found.last > zxid(FENCED_EPOCHS, 0);
        expect(found.last === LAST || isFenced, `after ${point} operations`).toBe(true);
        if (isFenced) expect(found.ensemble?.servers.has(SELF)).toBe(true);
      }
    },
    TIMEOUT_MS,
  );
});
