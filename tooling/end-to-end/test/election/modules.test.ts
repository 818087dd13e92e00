// Election modules in real servers: those of this repository, those that refuse each other, and bad ones, which cost time and never data.

import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const EXAMPLE = join(ROOT, 'tooling/election-example/dist/index.js');
const WRITES = 100;

let ensemble: EnsembleProcesses;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  load = undefined;
  await ensemble.dispose(task.result?.state === 'fail');
});

async function writeSome(): Promise<WriteLoad> {
  load = new WriteLoad(ensemble.connectString, `/load-${Date.now()}`, 2);
  await load.acknowledgedMore(WRITES);
  return load;
}

const configure = (server: ServerProcess, ...lines: readonly string[]): void =>
  appendFileSync(server.configuration, `${lines.join('\n')}\n`);

const restart = async (servers: readonly ServerProcess[]): Promise<void> => {
  for (const server of servers) await server.stop('SIGKILL');
  for (const server of servers) server.start();
};

/** A module by its path. It is JavaScript as an operator might write it, so it imports nothing. */
function writeModule(name: string, step: string): string {
  const file = join(ensemble.directory, `${name}.mjs`);
  const create = `create({ self }) { return { nextWakeup: () => undefined, step(input) { ${step} } }; }`;
  writeFileSync(
    file,
    `export default { name: '${name}', portVersion: 1, parseOptions: () => undefined, ${create} };\n`,
  );
  return file;
}

const SELFISH = `return input.type === 'look' ? [{ type: 'elected', vote: { ...input.vote, leader: self }, state: 'LEADING' }] : [];`;
const SILENT = 'return [];';
const THROWING = `throw new Error('out of luck at ' + input.type);`;

describe('the module of the guide', () => {
  it('is loaded by its path, elects, and elects again when the leader is killed', async () => {
    ensemble = await EnsembleProcesses.start({ lines: [`electionModule=${EXAMPLE}`, 'electionModule.settle=200'] });
    const some = await writeSome();
    const leader = await ensemble.leader();
    await leader.stop('SIGKILL');
    await some.acknowledgedMore(WRITES);
    leader.start();
    await ensemble.serving();
    await some.acknowledgedMore(WRITES);
    await some.stop();
    await expectNothingLost(ensemble.servers, some);
    for (const server of ensemble.servers) {
      expect(server.logged('elections by another module')[0]).toMatchObject({ module: 'example-election' });
    }
  });

  it('stands in the guide as it is', () => {
    const guide = readFileSync(join(ROOT, 'docs/write-your-own-election.md'), 'utf8');
    const shown = /<!-- tooling\/election-example\/src\/index.ts -->\n```ts\n([\s\S]*?)```/.exec(guide)?.[1];
    expect(shown).toBe(readFileSync(join(ROOT, 'tooling/election-example/src/index.ts'), 'utf8'));
    expect(shown?.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('preferred-election', () => {
  it('is found in the node_modules beside zoo.cfg; the preferred server leads, and does not come back as leader', async () => {
    const lines = ['electionModule=@zebu/preferred-election', 'electionModule.priority.1=20'];
    // However slowly a busy machine starts them.
    ensemble = await EnsembleProcesses.create({ lines: [...lines, 'electionModule.preferredWait=60000'] });
    mkdirSync(join(ensemble.directory, 'node_modules/@zebu'), { recursive: true });
    const installed = join(ensemble.directory, 'node_modules/@zebu/preferred-election');
    symlinkSync(join(ROOT, 'packages/preferred-election'), installed);
    for (const server of ensemble.servers) server.start();
    await ensemble.serving();
    const preferred = ensemble.server(1);
    expect(await ensemble.leader()).toBe(preferred);
    const some = await writeSome();

    await preferred.stop('SIGKILL');
    await some.acknowledgedMore(WRITES);
    const next = await ensemble.leader();
    preferred.start();
    await preferred.serving();
    await some.acknowledgedMore(WRITES);
    expect(await preferred.mode()).toBe('follower');
    expect(await next.mode()).toBe('leader');
    await some.stop();
    await expectNothingLost(ensemble.servers, some);
  });
});

describe('servers of different modules', () => {
  it('refuse each other by name, and both sides say so once', async () => {
    ensemble = await EnsembleProcesses.create();
    const [one, two, three] = ensemble.servers as [ServerProcess, ServerProcess, ServerProcess];
    configure(three, `electionModule=${EXAMPLE}`);
    for (const server of ensemble.servers) server.start();
    await Promise.all([one.serving(), two.serving()]);
    const refusals = (server: ServerProcess): string[] =>
      server
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"warn"') && line.includes('elects by'));
    // As the server that was dialled, and as the one that dials.
    for (const server of ensemble.servers) await until('a refusal', () => refusals(server).length > 0);
    const some = await writeSome();
    expect(await three.mode()).toBeUndefined();
    expect(refusals(three).join()).toMatch(/server [12] (elects )?by fle/);
    expect(refusals(three).join()).toContain('all need one electionModule');
    expect(refusals(one).join()).toContain('example-election');
    for (const server of ensemble.servers) expect(refusals(server).length).toBeLessThanOrEqual(4);
    await some.stop();
    await expectNothingLost([one, two], some);
  });
});

describe('a bad module', () => {
  /** On all servers; then they go back to Fast Leader Election. */
  async function survives(name: string, step: string, while_: () => Promise<void>): Promise<void> {
    ensemble = await EnsembleProcesses.start();
    const some = await writeSome();
    await some.stop();
    const before = ensemble.servers.map((server) => readFileSync(server.configuration, 'utf8'));
    const module = writeModule(name, step);
    for (const server of ensemble.servers) configure(server, `electionModule=${module}`);
    await restart(ensemble.servers);
    await while_();
    for (const server of ensemble.servers) expect(await server.mode()).toBeUndefined();
    for (const [index, server] of ensemble.servers.entries())
      writeFileSync(server.configuration, before[index] as string);
    await restart(ensemble.servers);
    await ensemble.serving();
    await expectNothingLost(ensemble.servers, some);
  }

  it('that always names itself leads nobody', async () => {
    await survives('selfish', SELFISH, async () => {
      for (const server of ensemble.servers) {
        await until('a second attempt', () => server.logged('LEADING').length >= 2 + ledBefore(server), 90_000);
      }
    });
  });

  it('that never answers leaves all looking', async () => {
    await survives('silent', SILENT, async () => {
      for (const server of ensemble.servers) {
        await until('that it looks', () => server.logged('elections by another module').length > 0);
        const looks = server.logged('LOOKING').length;
        await until('that it looks', () => server.logged('LOOKING').length >= Math.max(2, looks));
      }
    });
  });

  it('that throws ends the process, and the message says which', async () => {
    await survives('throwing', THROWING, async () => {
      for (const server of ensemble.servers) {
        expect(await server.exited()).toBe(1);
        expect(server.log()).toMatch(
          /election module throwing failed at the input \w+: out of luck at \w+; correct it/,
        );
      }
    });
  });

  it('on one server leaves the others to serve', async () => {
    ensemble = await EnsembleProcesses.create();
    // It goes by the name of the others' module, or they would have nothing to do with it.
    const module = writeModule('fle', SELFISH);
    configure(ensemble.server(3), `electionModule=${module}`);
    for (const server of ensemble.servers) server.start();
    const honest = [ensemble.server(1), ensemble.server(2)];
    await Promise.all(honest.map((server) => server.serving()));
    const some = await writeSome();
    await until('a second attempt', () => ensemble.server(3).logged('LEADING').length >= 2, 90_000);
    await some.acknowledgedMore(WRITES);
    await some.stop();
    await expectNothingLost(honest, some);
  });
});

describe('a module that cannot be loaded', () => {
  it.each([
    ['electionModule=./nowhere.mjs', /zoo\.cfg:\d+: electionModule=\.\/nowhere\.mjs: it cannot be loaded/],
    ['electionModule=@zebu/nowhere', /electionModule=@zebu\/nowhere: there is no such package/],
    [
      'electionModule=@zebu/fle\nelectionModule.speed=1',
      /electionModule\.speed=1: is no option of Fast Leader Election/,
    ],
  ])('ends the start with exit code 2: %s', async (line, message) => {
    ensemble = await EnsembleProcesses.create({ lines: [line] });
    const [server] = ensemble.servers as [ServerProcess];
    server.start();
    expect(await server.exited()).toBe(2);
    expect(server.log()).toMatch(message);
  });
});

/** Before it had the bad module. */
function ledBefore(server: ServerProcess): number {
  const log = server.log();
  return log.slice(0, log.indexOf('elections by another module')).split('"msg":"LEADING"').length - 1;
}
