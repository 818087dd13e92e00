import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

const manifests = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((child) => join(root, parent, child, 'package.json')))
  .filter((path) => existsSync(path))
  .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Manifest)
  .filter((manifest) => !manifest.private);
const doors = manifests.flatMap((manifest) =>
  Object.keys(manifest.exports ?? {}).map((subpath) => manifest.name + subpath.slice('.'.length)),
);

let scratch: string;
let tarballs: string;
let project: string;

const tarballOf = (manifest: Manifest) =>
  join(tarballs, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`);

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'zebu-pack-'));
  tarballs = join(scratch, 'tarballs');
  project = join(scratch, 'project');
  mkdirSync(project);
  const filters = ['--filter', './packages/*', '--filter', './apps/*'];
  await run('npx', ['-y', 'pnpm@12', '--recursive', ...filters, 'pack', '--pack-destination', tarballs], { cwd: root });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const installed = [...manifests.map(tarballOf), '@types/node@20'];
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...installed], { cwd: project });
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('type-checks in a strict project that also checks the declarations of what it imports', async () => {
  const imports = doors.map((door, index) => `import * as door${index} from '${door}';\nvoid door${index};\n`);
  writeFileSync(join(project, 'every-door.ts'), imports.join(''));
  const options = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023',
  ];
  const command = ['--noEmit', ...options, '--types', 'node', 'every-door.ts'];
  const failure = await run(join(root, 'node_modules/.bin/tsc'), command, { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  expect(failure.stdout).toBe('');
});

it.each(doors)('%s can be imported', async (door) => {
  await run(process.execPath, ['--input-type=module', '--eval', `import * as door from '${door}'; void door;`], {
    cwd: project,
  });
});

it.each(manifests.flatMap((manifest) => Object.keys(manifest.bin ?? {})))('%s is installed as a command', (name) => {
  expect(existsSync(join(project, 'node_modules/.bin', name))).toBe(true);
});

describe.each(manifests.map((manifest) => ({ name: manifest.name, manifest })))('$name', ({ manifest }) => {
  it('contains sources, build and licence, and nothing else', async () => {
    const { stdout } = await run('tar', ['--list', '--file', tarballOf(manifest)]);
    const entries = stdout.trim().split('\n');
    const expected = /^package\/(src\/.*\.ts|dist\/.*\.(js|d\.ts)(\.map)?|package\.json|README\.md|LICENSE)$/;
    expect(entries.filter((entry) => !expected.test(entry))).toEqual([]);
    expect(entries).toContain('package/LICENSE');
  });

  it('satisfies publint', async () => {
    const tarball = readFileSync(tarballOf(manifest));
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

const withDoors = manifests.filter((manifest) => manifest.exports !== undefined);

it.each(withDoors.map((manifest) => ({ name: manifest.name, manifest })))(
  '$name has types that every ESM resolution finds (attw)',
  async ({ manifest }) => {
    const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarballOf(manifest))));
    if (!analysis.types) throw new Error('no types');
    const problems = analysis.problems.filter(
      (problem) =>
        problemAffectsResolutionKind(problem, 'node16-esm', analysis) ||
        problemAffectsResolutionKind(problem, 'bundler', analysis),
    );
    expect(problems).toEqual([]);
  },
);
