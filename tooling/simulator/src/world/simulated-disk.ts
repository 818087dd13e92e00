// The disk of one server: writes and flushes take their own time, flushes can be held, and what is broken stays broken over restarts.

import type { FileSystem } from '@zebu/interfaces';
import { type FileSystemOperation, MemoryFileSystem } from '@zebu/txnlog/memory';
import type { Delay } from './delay.ts';
import type { ProcessGate } from './process-gate.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Hold } from './world.ts';

/** What needs no disk: names and sizes are in memory. */
const IMMEDIATE: ReadonlySet<FileSystemOperation['type']> = new Set([
  'open',
  'size',
  'close',
  'list',
  'exists',
  'lock',
]);
const FLUSHES: ReadonlySet<FileSystemOperation['type']> = new Set(['datasync', 'syncDirectory']);
const DONE = Promise.resolve();
/** More than there are faults that wait for a write. */
const ATTEMPTS = 20;

class FlushHold implements Hold {
  readonly concerns: (path: string) => boolean;
  readonly #waiting: (() => void)[] = [];
  readonly #onRelease: (hold: FlushHold) => void;

  constructor(concerns: (path: string) => boolean, onRelease: (hold: FlushHold) => void) {
    this.concerns = concerns;
    this.#onRelease = onRelease;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  add(proceed: () => void): void {
    this.#waiting.push(proceed);
  }

  release(): void {
    this.#onRelease(this);
    for (const proceed of this.#waiting.splice(0)) proceed();
  }

  /** Of a process that is gone. */
  drop(): void {
    this.#waiting.length = 0;
  }
}

export class SimulatedDisk {
  readonly writes: Delay;
  readonly flushes: Delay;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #holds: FlushHold[] = [];
  #gate: ProcessGate | undefined;
  #full = false;
  readonly files = new MemoryFileSystem({ schedule: (operation) => this.#schedule(operation) });

  constructor(
    time: VirtualTime,
    parts: { readonly random: SeededRandom; readonly writes: Delay; readonly flushes: Delay },
  ) {
    this.#time = time;
    this.#random = parts.random;
    this.writes = parts.writes;
    this.flushes = parts.flushes;
  }

  mount(gate: ProcessGate): FileSystem {
    this.#gate = gate;
    return this.files.mount();
  }

  powerLoss(what: 'anyPart' | 'allUnflushed' | 'nothing'): void {
    this.#endProcess();
    if (what === 'anyPart') this.files.crash({ random: this.#random });
    else this.files.crash({ unsynced: what === 'nothing' ? 'kept' : 'lost' });
  }

  kill(): void {
    this.#endProcess();
    this.files.kill({ random: this.#random });
  }

  holdFlushes(concerns: (path: string) => boolean): Hold {
    const hold = new FlushHold(concerns, (released) => void this.#holds.splice(this.#holds.indexOf(released), 1));
    this.#holds.push(hold);
    return hold;
  }

  failNext(fault: {
    readonly operation: 'write' | 'flush';
    readonly code: 'EIO' | 'ENOSPC';
    readonly after?: number;
    readonly times?: number;
  }): void {
    const { operation, code, after = 0, times = 1 } = fault;
    const type = operation === 'write' ? 'write' : 'datasync';
    this.files.failNext({ type, code, after, times, writtenBytes: this.#random.below(64) });
  }

  setFull(full: boolean): void {
    this.#full = full;
    this.files.setFull(full);
  }

  /** Durably, as though it had always been there: by somebody who finds room, and tries again when a write fails. */
  async provide(path: string, bytes: Uint8Array): Promise<void> {
    this.files.setFull(false);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.writeFile(path, bytes);
        break;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
    this.files.setFull(this.#full);
  }

  /** Durably, as though it had always been there. */
  async writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.files.open(path, 'create');
    await file.write(bytes, 0);
    await file.datasync();
    await file.close();
    await this.files.syncDirectory(path.slice(0, path.lastIndexOf('/')));
  }

  async readFile(path: string): Promise<Uint8Array> {
    const file = await this.files.open(path, 'read');
    const bytes = await file.read(0, await file.size());
    await file.close();
    return bytes;
  }

  #endProcess(): void {
    this.#gate = undefined;
    for (const hold of this.#holds) hold.drop();
  }

  #schedule({ type, path }: FileSystemOperation): Promise<void> {
    const gate = this.#gate;
    if (gate === undefined || IMMEDIATE.has(type)) return DONE;
    return new Promise((resolve) => {
      const isFlush = FLUSHES.has(type);
      const complete = (): void => gate.read(resolve);
      const proceed = (): void => void this.#time.after((isFlush ? this.flushes : this.writes).next(), complete);
      const hold = isFlush ? this.#holds.find(({ concerns }) => concerns(path)) : undefined;
      if (hold === undefined) proceed();
      else hold.add(proceed);
    });
  }
}
