import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, composeServerConfig, parseZooCfg } from '@zebu/config';
import type { ElectionEffect, ElectionInput, Logger } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerElection } from '../src/election-module.ts';
import { ElectionModuleError, guardedElection } from '../src/guarded-election.ts';

let directory = '';
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'zebu-election-module-')));
});
afterAll(() => rmSync(directory, { recursive: true }));

const SERVERS = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${2800 + id}:${3800 + id}`);
const said: string[] = [];
const say = (message: string): void => void said.push(message);
const logger: Logger = { debug: say, info: say, warn: say, error: say };

function create(...lines: readonly string[]) {
  const text = ['dataDir=/data', 'clientPort=2181', 'initLimit=5', 'syncLimit=2', ...SERVERS, ...lines].join('\n');
  const zooCfg = parseZooCfg(text, join(directory, 'zoo.cfg'));
  const config = composeServerConfig({ zooCfg, myId: { file: '/data/myid', text: '1' } });
  return createServerElection(config, logger);
}

function write(path: string, text: string): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const moduleText = (fields: string): string =>
  `export default { name: 'acme', portVersion: 1, parseOptions: () => ({}), create: () => ({ step: () => [], nextWakeup: () => undefined }), ${fields} };`;

const dependencies = {
  self: 1 as ServerId,
  ensemble: { version: 0n, servers: new Map() },
  verifier: { voters: new Set<ServerId>(), weightOf: () => 0, containsQuorum: () => false },
  random: { below: () => 0 },
  logger,
};

async function errorOf(work: Promise<unknown>): Promise<ConfigError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error as ConfigError;
}

describe('a server', () => {
  it('elects by fle where no module is named, with the intervals of fastleader.*', async () => {
    const election = await create('fastleader.minNotificationInterval=70', 'fastleader.maxNotificationInterval=90');
    expect(election.name).toBe('fle');
    const made = election.create({
      ...dependencies,
      verifier: { ...dependencies.verifier, voters: new Set([1, 2] as ServerId[]) },
    });
    made.step({ type: 'look', vote: { leader: 1 as ServerId, zxid: 0n as never, peerEpoch: 0 as never } }, 1000);
    expect(made.nextWakeup()).toBe(1070);
  });

  it('finds fle as a package of its own, which takes electionModule.*', async () => {
    expect((await create('electionModule=@zebu/fle', 'electionModule.finalizeWait=9')).name).toBe('fle');
  });

  it.each(['./acme.mjs', 'absolute'])('loads a path, relative to the directory of zoo.cfg: %s', async (path) => {
    const file = write('acme.mjs', moduleText(''));
    expect((await create(`electionModule=${path === 'absolute' ? file : path}`)).name).toBe('acme');
  });

  it('finds packages in the node_modules beside zoo.cfg first, though they have a door for import alone', async () => {
    const manifest = { name: 'acme-election', type: 'module', exports: { '.': { import: './main.js' } } };
    write('node_modules/acme-election/package.json', JSON.stringify(manifest));
    write('node_modules/acme-election/main.js', moduleText("name: 'acme-beside'"));
    expect((await create('electionModule=acme-election')).name).toBe('acme-beside');
    // One that shadows the server's own.
    write('node_modules/@zebu/fle/package.json', JSON.stringify({ ...manifest, name: '@zebu/fle' }));
    write('node_modules/@zebu/fle/main.js', moduleText("name: 'shadow'"));
    expect((await create('electionModule=@zebu/fle')).name).toBe('shadow');
    rmSync(join(directory, 'node_modules'), { recursive: true });
  });

  it('hands the module its options and the election its dependencies', async () => {
    const parse = 'parseOptions: (given) => [...given].map(String)';
    const make = 'create: ({ self }, options) => { throw new Error(`${self} ${options}`); }';
    write('options.mjs', moduleText(`${parse}, ${make}`));
    const election = await create('electionModule=./options.mjs', 'electionModule.a.1=x', 'electionModule.b=');
    expect(() => election.create(dependencies)).toThrow('1 a.1,x,b,');
  });
});

describe('a module that will not do ends the start, and says why', () => {
  it.each<[string, string, string, string]>([
    ['no object', 'export default () => ({});', 'its default export is no election module', 'write-your-own-election'],
    ['nothing', 'export const name = "x";', 'its default export is no election module', 'export one'],
    ['a name of another kind', moduleText('name: "Acme Corp"'), 'its name', 'lower-case'],
    [
      'another port version',
      moduleText('portVersion: 2'),
      'acme is written for version 2',
      'release of acme for version 1',
    ],
    ['no port version', moduleText('portVersion: undefined'), 'written for version undefined', 'for version 1'],
    ['no options', moduleText('parseOptions: 1'), 'acme has no function parseOptions', 'add it'],
    ['no factory', moduleText('create: {}'), 'acme has no function create', 'add it'],
    ['a fault', 'throw new Error("out of order");', 'it cannot be loaded (out of order)', 'correct'],
    ['no JavaScript', 'no JavaScript', 'it cannot be loaded', 'correct'],
    [
      'options that it cannot read',
      moduleText('parseOptions: () => nothing.at.all'),
      'cannot read its options',
      'electionModule.*',
    ],
  ])('%s', async (name, text, problem, remedy) => {
    const file = write(`${name.replaceAll(' ', '-')}.mjs`, text);
    const error = await errorOf(create(`electionModule=${file}`));
    expect(error).toMatchObject({ key: 'electionModule', value: file, line: 8 });
    expect(error.problem).toContain(problem);
    expect(error.remedy).toContain(remedy);
  });

  it('a path where nothing is', async () => {
    const error = await errorOf(create('electionModule=./nowhere.mjs'));
    expect(error.message).toContain('electionModule=./nowhere.mjs: it cannot be loaded');
  });

  it('a package that nobody has', async () => {
    const error = await errorOf(create('electionModule=@acme/missing/door'));
    expect(error.problem).toContain(
      `no such package in the node_modules of ${directory}, ${process.cwd()} or the server`,
    );
    expect(error.remedy).toContain('npm install @acme/missing in');
  });

  it('an option that the module refuses, by its own key and line', async () => {
    const error = await errorOf(create('electionModule=@zebu/fle', '', 'electionModule.finalizeWait=soon'));
    expect(error.message).toBe(
      `${join(directory, 'zoo.cfg')}:10: electionModule.finalizeWait=soon: soon is no time; write milliseconds, at least 0`,
    );
  });
});

describe('a guarded election', () => {
  const vote = { leader: 1, zxid: 5n, peerEpoch: 1 };
  const notification = { state: 'LOOKING', vote, electionEpoch: 1n, configVersion: 0n };
  const stepOf = (answer: () => unknown): ElectionEffect[] => {
    const election = { step: answer as never, nextWakeup: () => undefined };
    return guardedElection('acme', () => election, logger).step({ type: 'tick' } satisfies ElectionInput, 0);
  };

  it('hands on what a server can act on', () => {
    const effects = [
      { type: 'send', to: 2, notification: { ...notification, extension: new Uint8Array(4096) } },
      { type: 'elected', vote: { ...vote, zxid: -1n, peerEpoch: -1 }, state: 'FOLLOWING' },
      { type: 'supportLost' },
    ];
    expect(stepOf(() => effects)).toBe(effects);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a promise', Promise.resolve([])],
    ['an unknown effect', [{ type: 'resign' }]],
    ['no effect', [null]],
    ['a number as zxid', [{ type: 'elected', state: 'LEADING', vote: { ...vote, zxid: 5 } }]],
    ['no state', [{ type: 'elected', state: 'LOOKING', vote }]],
    ['no server', [{ type: 'elected', state: 'LEADING', vote: { ...vote, leader: 1.5 } }]],
    ['no vote', [{ type: 'send', to: 2, notification: { ...notification, vote: undefined } }]],
    ['a round without end', [{ type: 'send', to: 2, notification: { ...notification, electionEpoch: 2n ** 64n } }]],
    ['a long extension', [{ type: 'send', to: 2, notification: { ...notification, extension: new Uint8Array(4097) } }]],
  ])('fails at an answer that is %s', (_name, answer) => {
    expect(() => stepOf(() => answer)).toThrow(ElectionModuleError);
  });

  it('names the module, the input and the reason when it throws, and says in the log where', () => {
    const fail = (): never => {
      throw new Error('lost count');
    };
    expect(() => stepOf(fail)).toThrow(/^election module acme failed at the input tick: lost count; /);
    expect(said).toContain('an election module failed');
    expect(() => guardedElection('acme', () => ({}) as never, logger)).toThrow('when it was made');
    const sleepless = { step: () => [], nextWakeup: () => Number.NaN };
    expect(() => guardedElection('acme', () => sleepless, logger).nextWakeup()).toThrow('its wake-up is NaN');
  });
});
