// A quorum is lost for good: `zebu-server recover` on what is left, and what happens to those who come back.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@zebu/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChangingEnsemble } from './harness/changing-ensemble.ts';
import { listTree } from './harness/tree-listing.ts';
import { until } from './harness/wait.ts';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));
const COUNT = 40;

let ensemble: ChangingEnsemble;
beforeEach(async () => {
  ensemble = await ChangingEnsemble.create({ servers: 4, lines: ['standaloneEnabled=false'] });
  await ensemble.start(1, 2, 3);
  const client = createClient({ connectionString: ensemble.addresses(1), sessionTimeoutMs: 10_000 });
  for (let n = 0; n < COUNT; n++) await client.create(`/n${n}`, `value ${n} ${'z'.repeat(100)}`);
  await client.close();
  // Until the last write is on the disk of all.
  for (const id of [1, 2, 3])
    await until(`server ${id} to have all`, () => ensemble.server(id).logContains(`value ${COUNT - 1} `));
  await ensemble.stop(1, 2, 3);
});
afterEach(({ task }) => ensemble.dispose(task.result?.state === 'fail'));

function recover(...args: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'recover', ...args], { encoding: 'utf8' });
  return { code: status, said: `${stdout}${stderr}` };
}

const dataOf = (id: number): string => ensemble.server(id).dataDirectory;
/** As server 3 still has it. */
const formerConfig = (): string => configOf(3);
const configOf = (id: number): string => ensemble.server(id).configuration;

describe('with two of three servers lost', () => {
  it('a dry run says what would be done and what may be lost, and touches nothing', () => {
    ensemble.add(1, [1]);
    const before = fingerprint(join(ensemble.directory, 'server-1'));
    const former = formerConfig();
    const { code, said } = recover('--config', configOf(1), '--former', former, '--server', dataOf(1), '--dry-run');
    expect(said).toMatch(/^Best history: server 1, up to 0x1000000[0-9a-f]{2}: \d+ znodes/m);
    expect(said).toMatch(
      /what servers 2, 3 acknowledged without the others: zxids from 0x1000000[0-9a-f]{2} on in epoch 1/,
    );
    expect(said).toMatch(/^Fence: epoch 65537\./m);
    expect(said).toMatch(/^Configuration: .*zoo\.cfg, version 1000100000001/m);
    expect(said).toContain('Dry run: nothing was changed.');
    expect(code).toBe(0);
    expect(fingerprint(join(ensemble.directory, 'server-1'))).toEqual(before);
  });

  it('one goes on with all that it had, grows again, and who comes back takes over its history', async () => {
    const old = { two: ensemble.server(2), three: ensemble.server(3) };
    ensemble.add(1, [1]);
    const { code, said } = recover('--config', configOf(1), '--server', dataOf(1));
    expect(said).toContain('Done. Start server 1');
    expect(code).toBe(0);
    ensemble.server(1).start();
    await ensemble.server(1).serving();
    expect(await ensemble.server(1).mode()).toBe('leader');
    const operator = await ensemble.operator(1);
    expect((await operator.getChildren('/')).length).toBe(COUNT + 1);
    await operator.create('/after', 'the recovery');

    // With their old files and their old configuration they are a quorum of the old ensemble, but they ask server 1 too.
    old.two.start();
    old.three.start();
    for (const server of [old.two, old.three]) {
      await server.serving();
      expect(await server.mode()).not.toBe('leader');
      expect(await listTree(server.address)).toEqual(await listTree(ensemble.server(1).address));
    }
    expect(await ensemble.server(1).mode()).toBe('leader');

    await ensemble.stop(2, 3);
    ensemble.add(4, [1, 4]).start();
    await ensemble.server(4).serving();
    await operator.reconfig({ joining: [ensemble.line(4)] });
    await ensemble.agreeOn([1, 4]);
    await operator.create('/grown', '');
    await operator.close();
    await ensemble.stop(1, 4);
    ensemble.server(1).start();
    ensemble.server(4).start();
    await ensemble.server(4).serving();
    expect(JSON.stringify(await listTree(ensemble.server(4).address))).toContain('grown');
  });

  it('a damaged one is the best there is: it goes on with what can be read', async () => {
    flipByteInLog(dataOf(1));
    ensemble.add(1, [1]);
    const dry = recover('--config', configOf(1), '--server', dataOf(1), '--dry-run');
    expect(dry.said).toMatch(
      /given up: checksum mismatch in .*log\.100000001 at byte \d+: log\.100000001 ends at byte/,
    );
    expect(recover('--config', configOf(1), '--server', dataOf(1)).code).toBe(0);
    const files = readdirSync(join(dataOf(1), 'version-2'));
    expect(files).toContain('set-aside-1');
    expect(files).not.toContain('damaged');
    ensemble.server(1).start();
    await ensemble.server(1).serving();
    const client = createClient({ connectionString: ensemble.addresses(1), sessionTimeoutMs: 10_000 });
    const names = (await client.getChildren('/')).filter((name) => /^n\d/.test(name));
    expect(names.length).toBeGreaterThan(2);
    expect(names.length).toBeLessThan(COUNT);
    await client.create('/after', '');
    await client.close();
  });
});

describe('is refused', () => {
  it('where a quorum is left that need only be started', () => {
    ensemble.add(1, [1]);
    const args = ['--config', configOf(1), '--former', formerConfig(), '--server', dataOf(1), '--server', dataOf(2)];
    const { code, said } = recover(...args);
    expect(said).toMatch(/REFUSED: the servers that are left are a quorum/);
    expect(said).toMatch(/^What may be lost:\n {2}nothing$/m);
    expect(code).toBe(2);
    expect(recover(...args, '--force', '--dry-run').code).toBe(0);
  });

  it('where the new configuration has a quorum without the history', () => {
    ensemble.add(1, [1, 2, 3]);
    const { code, said } = recover('--config', configOf(1), '--server', dataOf(1));
    expect(said).toMatch(/REFUSED: servers 2, 3 of .* would be a quorum without server 1/);
    expect(code).toBe(2);
  });

  it('while the server runs, and without arguments', async () => {
    const before = ensemble.server(2).logged('LOOKING').length;
    ensemble.server(2).start();
    await until('server 2 to hold its directory', () => ensemble.server(2).logged('LOOKING').length > before);
    ensemble.add(1, [1]);
    const { code, said } = recover('--config', configOf(1), '--server', dataOf(1), '--server', dataOf(2));
    expect(said).toMatch(/in use by another live server/);
    expect(code).toBe(3);
    expect(recover().code).toBe(2);
    expect(recover('--help').said).toMatch(/^Usage: zebu-server recover/);
  });
});

/** Of every file below a directory. */
function fingerprint(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('server.log'))
    .sort()
    .map((name) => {
      const path = join(directory, name);
      if (statSync(path).isDirectory()) return name;
      return `${name} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    });
}

function flipByteInLog(dataDirectory: string): void {
  const descriptor = openSync(join(dataDirectory, 'version-2', 'log.100000001'), 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, 3000);
  byte[0] = (byte[0] as number) ^ 0x10;
  writeSync(descriptor, byte, 0, 1, 3000);
  closeSync(descriptor);
}
