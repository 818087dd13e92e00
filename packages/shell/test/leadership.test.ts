// What the shell makes of a stop, and of the wish that another server leads.

import type { Timer, TransferOutcome } from '@zebu/interfaces';
import type { Peer, PeerEffect, PeerInput } from '@zebu/peer';
import type { ServerId } from '@zebu/protocol';
import { openStorage } from '@zebu/txnlog';
import { MemoryFileSystem } from '@zebu/txnlog/memory';
import { describe, expect, it } from 'vitest';
import { createServerShell, type ServerShell } from '../src/index.ts';

const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const HANDED_OVER: TransferOutcome = { ok: true, successor: 2 as ServerId };
const REFUSED: TransferOutcome = { ok: false, reason: 'no voter is in sync with this leader' };

/** Takes what it is asked for, and answers when the test says so, or at once. */
class FakePeer {
  readonly asked: PeerInput[] = [];
  stepCount = 0;
  state = 'LEADING';
  answersAtOnce: TransferOutcome | undefined;
  /** Answered in the next step. */
  outcome: TransferOutcome | undefined;

  step(input: PeerInput): PeerEffect[] {
    this.stepCount++;
    if (input.type === 'transferLeadership') {
      this.asked.push(input);
      if (this.answersAtOnce !== undefined) return [{ type: 'transferEnded', outcome: this.answersAtOnce }];
    }
    const { outcome } = this;
    this.outcome = undefined;
    return outcome === undefined ? [] : [{ type: 'transferEnded', outcome }];
  }

  nextWakeup(): undefined {}
  readonly serving = true;
  view() {
    return { state: this.state };
  }
}

class FakeClock {
  time = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.time;
  }
  wallClock(): number {
    return this.time;
  }
  setTimer(at: number, callback: () => void): Timer {
    const timer = { at, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((each) => each !== timer)) };
  }
  get timerCount(): number {
    return this.#timers.length;
  }
  pass(ms: number): void {
    this.time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.time);
    this.#timers = this.#timers.filter(({ at }) => at > this.time);
    for (const { callback } of due) callback();
  }
}

interface World {
  readonly peer: FakePeer;
  readonly clock: FakeClock;
  readonly shell: ServerShell;
  /** What was closed, in order. */
  readonly seen: string[];
}

async function world(): Promise<World> {
  const peer = new FakePeer();
  const clock = new FakeClock();
  const seen: string[] = [];
  const storage = await openStorage({
    fileSystem: new MemoryFileSystem({ schedule: () => Promise.resolve() }).mount(),
    dataDir: '/data',
    logger,
    options: {},
  });
  const port = (name: string) => ({
    start: () => Promise.resolve(),
    close: async () => void seen.push(name),
  });
  const shell = createServerShell({
    peer: peer as unknown as Peer,
    storage,
    clientTransport: port('clients') as never,
    electionTransport: port('election') as never,
    quorumTransport: port('quorum') as never,
    clock,
    logger,
    answerFourLetterWord: () => '',
    onFatal: (error) => {
      throw error;
    },
    snapRetainCount: undefined,
    congestionBytes: 1 << 20,
  });
  return { peer, clock, shell, seen };
}

describe('a stop', () => {
  it('of a leader hands over first, then closes, and its peer hears of nothing any more', async () => {
    const { peer, clock, shell, seen } = await world();
    const stopped = shell.stop();
    expect(peer.asked).toEqual([{ type: 'transferLeadership', to: undefined, leaves: true }]);
    expect(seen).toEqual([]);
    peer.outcome = HANDED_OVER;
    shell.resetStatistics();
    const { stepCount } = peer;
    shell.resetStatistics();
    await stopped;
    expect(peer.stepCount).toBe(stepCount);
    expect(seen).toEqual(['clients', 'quorum', 'election']);
    expect(clock.timerCount).toBe(0);
  });

  it('waits no longer than half a second for that', async () => {
    const { clock, shell, seen } = await world();
    const stopped = shell.stop();
    clock.pass(499);
    await Promise.resolve();
    expect(seen).toEqual([]);
    clock.pass(1);
    await stopped;
    expect(seen).toEqual(['clients', 'quorum', 'election']);
  });

  it('of a leader that nobody follows does not wait', async () => {
    const { peer, clock, shell, seen } = await world();
    peer.answersAtOnce = REFUSED;
    await shell.stop();
    expect(seen).toEqual(['clients', 'quorum', 'election']);
    expect(clock.timerCount).toBe(0);
  });

  it('of a follower asks for nothing', async () => {
    const { peer, shell } = await world();
    peer.state = 'FOLLOWING';
    await shell.stop();
    expect(peer.asked).toEqual([]);
  });

  it('joins a handover that is under way', async () => {
    const { peer, shell } = await world();
    const transferred = shell.transferLeadership(2 as ServerId);
    const stopped = shell.stop();
    expect(peer.asked).toHaveLength(1);
    peer.outcome = HANDED_OVER;
    shell.resetStatistics();
    await stopped;
    expect(await transferred).toEqual(HANDED_OVER);
  });
});

describe('a transfer', () => {
  it('is answered when it is over, and one goes at a time', async () => {
    const { peer, shell } = await world();
    const first = shell.transferLeadership(2 as ServerId);
    expect(await shell.transferLeadership()).toEqual({ ok: false, reason: 'leadership is being handed over already' });
    expect(peer.asked).toEqual([{ type: 'transferLeadership', to: 2, leaves: false }]);
    peer.outcome = REFUSED;
    shell.resetStatistics();
    expect(await first).toEqual(REFUSED);
    peer.answersAtOnce = HANDED_OVER;
    expect(await shell.transferLeadership()).toEqual(HANDED_OVER);
  });

  it('is refused by a server that stops', async () => {
    const { shell } = await world();
    const stopped = shell.stop();
    expect(await shell.transferLeadership()).toEqual({ ok: false, reason: 'this server stops' });
    void stopped;
  });
});
