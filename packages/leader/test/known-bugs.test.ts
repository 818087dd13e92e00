// Schedules of reference/known-zab-bugs.md that leader and learner could fall for. The oracle of the harness watches each of them: nothing
// committed is lost, only what is committed is served, memory and disk agree when a role begins.

import { describe, expect, it } from 'vitest';
import { Violation } from './oracle.ts';
import { play, states } from './scenario.ts';

/** The servers go on together: everything committed is everywhere. */
const goOn = (leader: number, followers: string): string =>
  `lead ${leader}; follow ${followers} of ${leader}; settle; propose ${leader} 1; settle`;

describe('ZOOKEEPER-4643: an epoch on disk must not be ahead of the history', () => {
  // t1 is committed by {1, 2}; 3 lags. 1 leads 3, which fails amid NEWLEADER; then 1 fails, and 2 and 3 elect the one with the higher epoch.
  const schedule = `
    servers 1= 2= 3=
    lead 1; follow 2 3 of 1; settle
    cut 3-1; deliver 1>3; propose 1 1; settle
    crash 2; deliver 2>1; wait 60
    lead 1; follow 3 of 1; answer; deliver 3>1; disk 1; deliver 1>3; disk 3; deliver 3>1; disk 1; read 1; read 1; deliver 1>3
    crash 3; crash 1; start 2; start 3`;

  it('so the one with the txn is the one with the better claim', () => {
    const cluster = play(`${schedule}; lead 3; follow 2 of 3; settle`);
    // 2 is ahead of 3, and is not counted: 3 does not get beyond discovery. An election that is no worse than its voters takes 2.
    expect(states(cluster)[2]).toContain('3: LEADING DISCOVERY');
    play(`${schedule}; ${goOn(2, '3')}`);
  });

  it('a disk that writes the epoch first loses it', () => {
    const loses = (): unknown =>
      play(`${schedule}; lead 3; follow 2 of 3; settle`, { mutation: 'writes currentEpoch before the history' });
    expect(loses).toThrow(Violation);
    expect(loses).toThrow('leads epoch 3 with , but 1:1 was committed');
  });
});

describe('ZOOKEEPER-4646, ZOOKEEPER-3911, ZOOKEEPER-4785: NEWLEADER is acknowledged when the DIFF is on disk', () => {
  // 1 has t1 alone. Its followers come back, and are sent t1 and NEWLEADER, which they have not written yet.
  const schedule = `
    servers 1=1:1@1/1 2=@1/1 3=@1/1
    lead 1; follow 2 3 of 1; answer; deliver 2>1; deliver 3>1; disk 1; deliver 1>2; deliver 1>3
    disk 2; disk 3; deliver 2>1; deliver 3>1; disk 1; stream 2; stream 3; deliver 1>2; deliver 1>3; stream 2; stream 3; deliver 1>2; deliver 1>3
    deliver 2>1; deliver 3>1`;

  it('the leader is not established, and serves no read, until a follower holds t1 durably', () => {
    const cluster = play(schedule);
    expect(cluster.server(1).serving).toBe(false);
    cluster.server(2).performDisk();
    cluster.settle();
    expect(cluster.server(1).serving).toBe(true);
  });

  it('all fail before the flush: the followers elect without it, and nobody has seen t1', () => {
    const cluster = play(`${schedule}; crash 1; crash 2; crash 3; start 2; start 3; ${goOn(2, '3')}`);
    expect(cluster.oracle.ledger.length).toBe(1);
  });

  it('a disk that says "flushed" too early shows t1 to clients and loses it', () => {
    const cluster = play('servers 1= 2= 3=; lead 1; follow 2 3 of 1; settle; propose 1 1; deliver 1>2', {
      mutation: 'flushes before writing',
    });
    // Nothing is written: only the false completions and the ACK are let through.
    const show = (): void => {
      for (const action of [...cluster.pending()].slice(-2)) action();
      for (const link of cluster.linksOf(cluster.server(1))) cluster.deliver(link, cluster.server(1));
    };
    expect(show).toThrow('1:1 was committed, but only servers  hold it durably');
  });
});

it('ZOOKEEPER-3023: what is committed is applied before a follower serves', () => {
  const cluster = play('servers 1=1:1..1:4 2=1:1..1:4 3=1:1; lead 1; follow 2 3 of 1; settle');
  expect(states(cluster)[2]).toBe('3: FOLLOWING BROADCAST serving, disk 1:4 epochs 2/2, tree 1:4');
  const trace = cluster.takeTrace().filter((line) => line.startsWith('3 '));
  expect(trace.indexOf('3 deliver 1:2..1:4')).toBeGreaterThan(-1);
  expect(trace.indexOf('3 deliver 1:2..1:4')).toBeLessThan(trace.indexOf('3 serve 2'));
});

it("ZOOKEEPER-4712: what waits to be written when the leader is lost is written before the log's end is voted with", () => {
  const cluster = play(`
    servers 1= 2= 3=
    lead 1; follow 2 3 of 1; settle
    cut 3-1; deliver 1>3; propose 1 3; deliver 1>2; cut 2-1; deliver 1>2; crash 1
    lead 3; follow 2 of 3; settle`);
  // 2 has logged what 3 has not: it is ahead, and 3 does not lead it.
  expect(states(cluster)[2]).toContain('3: LEADING DISCOVERY');
  expect(cluster.server(2).disk.lastZxid).toBe(0x1_0000_0003n);
});

it('ZOOKEEPER-4925: the window that a follower hands on when it leads has no hole where it was synced', () => {
  const cluster = play(`
    servers 1= 2= 3= 4= 5=
    lead 5; follow 1 2 3 4 of 5; settle; propose 5 1; settle
    crash 2; propose 5 2; settle; crash 1; propose 5 2; settle
    start 1; follow 1 of 5; settle
    crash 5; deliver 5>1; deliver 5>3; deliver 5>4; wait 60
    lead 1; follow 3 4 of 1; settle; start 2; follow 2 of 1; settle`);
  expect(states(cluster)[1]).toBe('2: FOLLOWING BROADCAST serving, disk 1:5 epochs 2/2, tree 1:5');
});

it('ZOOKEEPER-5094: a truncation is on disk at once, so a link that breaks before NEWLEADER leaves no hole', () => {
  const cluster = play(`
    servers 1=1:1..1:2@2/2 2=1:1..1:2@2/2 3=1:1..1:4@1/1
    lead 1; follow 2 of 1; settle
    follow 3 of 1; answer; deliver 3>1; deliver 1>3; disk 3; deliver 3>1; deliver 1>3 1; disk 3 1
    cut 3-1; deliver 1>3; propose 1 2; settle; follow 3 of 1; settle
    crash 3; start 3; follow 3 of 1; settle`);
  expect(states(cluster)[2]).toBe('3: FOLLOWING BROADCAST serving, disk 3:2 epochs 3/3, tree 3:2');
});

it('ZOOKEEPER-3642: a snapshot received is the history, durably, before anything is built on it', () => {
  const cluster = play(`
    servers 1=1:1..1:5 2=1:1..1:5 3=
    purge 1; purge 2; lead 1; follow 2 of 1; settle
    follow 3 of 1; answer; deliver 3>1; deliver 1>3; disk 3; deliver 3>1; deliver 1>3; stream 3; disk 3
    crash 1; deliver 1>3; deliver 1>2
    lead 2; follow 3 of 2; settle; propose 2 1; settle; crash 3; start 3; follow 3 of 2; settle`);
  expect(states(cluster)[2]).toBe('3: FOLLOWING BROADCAST serving, disk 3:1 epochs 3/3, tree 3:1');
});

it('ZOOKEEPER-2832: a snapshot below the end of the log replaces that log', () => {
  const cluster = play(`
    servers 1=1:1..1:2@3/3 2=1:1..1:9@1/1 3=1:1..1:2@3/3
    purge 1; purge 2; purge 3
    ${goOn(1, '3')}
    follow 2 of 1; settle; crash 2; start 2; follow 2 of 1; settle`);
  expect(states(cluster)[1]).toBe('2: FOLLOWING BROADCAST serving, disk 4:1 epochs 4/4, tree 4:1');
});

it('ZOOKEEPER-2846: no DIFF from a log that begins behind what the follower has', () => {
  const cluster = play(`
    servers 1=1:1..1:6 2=1:1..1:6 3=1:1..1:2
    purge 1
    ${goOn(1, '2')}
    follow 3 of 1; settle`);
  expect(cluster.takeTrace()).toContain('1 3 SNAP 2:1');
});

it('ZOOKEEPER-2355: a DIFF that broke off halfway counts as far as it got, and no further', () => {
  const cluster = play(`
    options maxQueuedBytes=60
    servers 1= 2= 3=
    lead 1; follow 2 3 of 1; settle; cut 3-1; deliver 1>3; propose 1 4; settle
    follow 3 of 1; answer; deliver 3>1; deliver 1>3; disk 3; deliver 3>1; deliver 1>3; cut 3-1; deliver 1>3`);
  cluster.takeTrace();
  cluster.server(3).follow(cluster.server(1).sid);
  cluster.settle();
  expect(cluster.takeTrace()).toContain('3 1 ACKEPOCH current -1 last 0:0');
  expect(states(cluster)[2]).toContain('disk 1:4');
});

it('ZOOKEEPER-5010: of a proposal that reached some when the leader failed, all keep it or none', () => {
  const cluster = play(`
    servers 1= 2= 3= 4= 5=
    lead 5; follow 1 2 3 4 of 5; settle
    propose 5 1; deliver 5>1; disk 1; crash 5; deliver 5>1; deliver 5>2; deliver 5>3; deliver 5>4
    ${goOn(2, '3 4')}
    follow 1 of 2; settle; start 5; follow 5 of 2; settle`);
  expect(states(cluster).map((state) => state.replace(/^\d: [A-Z ]+serving, /, ''))).toEqual(
    Array.from({ length: 5 }, () => 'disk 2:1 epochs 2/2, tree 2:1'),
  );
});

it('ZOOKEEPER-4537: a write does not hang because the one whose ACK it lacked came late', () => {
  const cluster = play(`
    servers 1= 2= 3=
    lead 1; follow 2 of 1; settle; propose 1 1; disk 1; cut 2-1; deliver 2>1; deliver 1>2
    follow 3 of 1; settle`);
  expect(states(cluster)[0]).toContain('tree 1:1');
});

it('a deposed leader that has not noticed answers no sync while its successor commits (ZOOKEEPER-1675, ZOOKEEPER-3600)', () => {
  const cluster = play(`
    servers 1= 2= 3=
    lead 1; follow 2 3 of 1; settle; cut 2-1; cut 3-1; deliver 1>2; deliver 1>3
    lead 2; follow 3 of 2; settle; propose 2 1; settle`);
  const deposed = cluster.server(1);
  expect(deposed.idle).toBe(false);
  deposed.sync(1);
  cluster.settle();
  expect(deposed.waitingSyncCount).toBe(1);
  expect(cluster.oracle.ledger.length).toBe(1);
});
