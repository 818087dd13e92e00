// What the command says of itself, and what an interruption leaves behind: nothing.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { argumentsOf, parseCommandLine } from '../src/options.ts';
import { whyNot } from '../src/sandbox/sandbox.ts';
import { chaos } from './support/chaos.ts';

const parse = (...args: string[]) => parseCommandLine(args, { names: ['one', 'two'], anySeed: 7 });

describe('the command line', () => {
  it('plays every scenario once, with any seed, untold', () => {
    expect(parse()).toEqual({
      type: 'run',
      names: ['one', 'two'],
      seed: 7,
      limitMs: undefined,
      slack: 1,
      keep: false,
      isInside: false,
    });
  });

  it('takes scenarios, a seed, a time and a slack', () => {
    const options = parse('--scenario', 'two', '--seed', '3', '--minutes', '0.5', '--slack', '4', '--keep');
    expect(options).toMatchObject({ names: ['two'], seed: 3, limitMs: 30_000, slack: 4, keep: true });
  });

  it('tells the sandbox all of it', () => {
    const options = parse('--scenario', 'two', '--seed', '3', '--minutes', '2', '--keep');
    if (options.type !== 'run') throw new Error('not a run');
    expect(parse(...argumentsOf(options))).toEqual({ ...options, isInside: true });
  });

  it.each([
    [['--scenario', 'three'], 'there is no scenario three; there are one, two'],
    [['--seed', '-1'], '--seed'],
    [['--seed', 'x'], '--seed x: give a whole number below 2^31'],
    [['--minutes', '0'], '--minutes 0: give a number above 0'],
    [['--slack', 'wide'], '--slack wide: give a number above 0'],
    [['--unknown'], '--unknown'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it('says how it is used', async () => {
    const { code, output } = await chaos(['--help']);
    expect(code).toBe(0);
    expect(output).toContain('rolling-restart');
  });

  it('ends with 2 at what it does not understand', async () => {
    const { code, output } = await chaos(['--scenario', 'unheard-of']);
    expect(code).toBe(2);
    expect(output).toContain('there is no scenario unheard-of');
  });
});

const INTERRUPTIONS = [
  { what: 'a scenario on the loopback', scenario: 'paused-longer-than-sync-limit', needs: 'nothing', signal: 'SIGINT' },
  { what: 'one on a network of its own', scenario: 'leader-isolated', needs: 'network', signal: 'SIGINT' },
  { what: 'one with disks of its own', scenario: 'power-loss-of-all', needs: 'disks', signal: 'SIGTERM' },
  { what: 'one with disks, by a kill', scenario: 'power-loss-of-all', needs: 'disks', signal: 'SIGKILL' },
] as const;

describe('an interruption', () => {
  for (const { what, scenario, needs, signal } of INTERRUPTIONS) {
    it(`of ${what} leaves nothing behind`, async (context) => {
      const reason = whyNot(needs);
      if (reason !== undefined) context.skip(reason);
      const before = traces();
      let during: readonly string[] = [];
      const { code, output } = await chaos(['--scenario', scenario, '--seed', '1'], (said, child) => {
        // From when something befalls a server.
        if (during.length > 0 || !/^ .* s {2}/m.test(said)) return;
        during = traces().filter((trace) => !before.includes(trace));
        child.kill(signal);
      });
      expect(during, output).not.toEqual([]);
      expect(code, output).toBe(signal === 'SIGKILL' ? null : 130);
      await expect.poll(() => traces().filter((trace) => during.includes(trace)), { timeout: 60_000 }).toEqual([]);
    });
  }
});

/** Processes in directories of a run, the directories, and network namespaces and mounts that can be seen. */
function traces(): string[] {
  const directories = readdirSync(tmpdir()).filter((name) => name.startsWith('zebu-chaos-'));
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => ['zebu-chaos-', '--inside'].some((mark) => commandLineOf(pid).includes(mark)))
    .map((pid) => `${pid} in ${networkOf(pid)}`);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('zebu-chaos-'));
  const images = readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .filter((name) => backingFileOf(name).includes('zebu-chaos-'));
  return [...directories, ...processes, ...mounts, ...images];
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function networkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return 'no network';
  }
}

function backingFileOf(loop: string): string {
  try {
    return readFileSync(`/sys/block/${loop}/loop/backing_file`, 'utf8');
  } catch {
    return '';
  }
}
