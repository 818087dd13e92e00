import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkWorkspace, type PackageRules } from '../src/check-workspace.ts';
import { findImports, readWorkspace } from '../src/workspace.ts';

const rules: PackageRules = {
  protocol: { layer: 'vocabulary', pure: true, dependsOn: [] },
  fle: { layer: 'core', pure: true, dependsOn: ['protocol'] },
  txnlog: { layer: 'adapter', dependsOn: ['protocol'] },
};

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layer-check-'));
  writeJson('package.json', { name: 'fixture', devDependencies: { vitest: '1.0.0' } });
  writePackage('protocol', 'pure', []);
  writePackage('fle', 'pure', ['protocol']);
  writePackage('txnlog', 'node', ['protocol']);
  const projects = ['protocol', 'fle', 'txnlog'].flatMap((name) => [`packages/${name}`, `packages/${name}/test`]);
  writeJson('tsconfig.json', { files: [], references: projects.map((path) => ({ path })) });
});

afterEach(() => rmSync(root, { recursive: true }));

const check = (overrides: PackageRules = {}) => checkWorkspace(readWorkspace(root), { ...rules, ...overrides });

it('passes a workspace in which everything agrees', () => {
  write('packages/fle/src/index.ts', "import type { Vote } from '@zebu/protocol';\nexport * from './election.ts';\n");
  write('packages/fle/test/a.test.ts', "import { it } from 'vitest';\nimport 'node:fs';\nimport '../src/index.ts';\n");
  expect(check()).toEqual([]);
});

describe('layers', () => {
  it('fails when a core imports node:fs', () => {
    write('packages/fle/src/index.ts', "import { readFileSync } from 'node:fs';\n");
    expect(check()).toEqual([
      "packages/fle/src/index.ts: imports 'node:fs': fle is pure: reach the world through a port of @zebu/interfaces",
    ]);
  });

  it.each(["import 'fs/promises';", "await import('node:net');", "type Stats = import('node:fs').Stats;"])(
    'fails when a core says %s',
    (source) => {
      write('packages/fle/src/index.ts', `${source}\n`);
      expect(check()).toHaveLength(1);
    },
  );

  it('lets an adapter import node:fs', () => {
    write('packages/txnlog/src/index.ts', "import { readFileSync } from 'node:fs';\n");
    expect(check()).toEqual([]);
  });

  it('fails when a core may depend on an adapter', () => {
    writePackage('fle', 'pure', ['protocol', 'txnlog']);
    expect(check({ fle: { layer: 'core', pure: true, dependsOn: ['protocol', 'txnlog'] } })).toEqual([
      'layers.ts lets fle (core) depend on txnlog (adapter): that layer is out of its reach',
    ]);
  });

  it('fails when an adapter may depend on a core', () => {
    writePackage('txnlog', 'node', ['protocol', 'fle']);
    expect(check({ txnlog: { layer: 'adapter', dependsOn: ['protocol', 'fle'] } })).toEqual([
      'layers.ts lets txnlog (adapter) depend on fle (core): that layer is out of its reach',
    ]);
  });

  it('fails when a package depends on more than its layer lists', () => {
    writePackage('txnlog', 'node', ['protocol', 'fle']);
    expect(check()).toEqual([
      'packages/txnlog/package.json: its dependencies have fle, not listed in tooling/layer-check/src/layers.ts',
    ]);
  });

  it('fails when a pure package depends on one from outside, or gives up the pure preset', () => {
    writePackage('fle', 'node', ['protocol'], { ws: '8.0.0' });
    expect(check()).toEqual([
      'packages/fle/package.json: fle is pure and may not depend on ws, which nobody can replay from a seed',
      'packages/fle/tsconfig.json: must extend tooling/tsconfig/pure.json',
    ]);
  });

  it('fails when a package has no layer, and when a layer has no package', () => {
    const { fle: _, ...others } = rules;
    expect(checkWorkspace(readWorkspace(root), { ...others, admin: { layer: 'adapter', dependsOn: [] } })).toEqual([
      'layers.ts lists admin, which is not in the workspace: remove it',
      'packages/fle/package.json: fle has no layer: add it to tooling/layer-check/src/layers.ts',
    ]);
  });
});

describe('references', () => {
  it('fails when package.json has a dependency that the tsconfig references lack', () => {
    writeJson('packages/fle/tsconfig.json', { extends: '../../tooling/tsconfig/pure.json', references: [] });
    expect(check()).toEqual([
      'packages/fle/tsconfig.json: its references lack packages/protocol, listed in the dependencies in package.json',
    ]);
  });

  it('fails when the tsconfig references have more than package.json', () => {
    writeJson('packages/protocol/tsconfig.json', {
      extends: '../../tooling/tsconfig/pure.json',
      references: [{ path: '../fle' }],
    });
    expect(check()).toEqual([
      'packages/protocol/tsconfig.json: its references have packages/fle, not listed in the dependencies in package.json',
    ]);
  });

  it('fails when the references of the tests and the devDependencies disagree', () => {
    writeJson('packages/fle/test/tsconfig.json', { references: [{ path: '..' }, { path: '../../txnlog' }] });
    expect(check()).toEqual([
      'packages/fle/test/tsconfig.json: its references have packages/txnlog, not listed in the devDependencies in package.json',
    ]);
  });

  it('fails when the solution forgets a project', () => {
    writeJson('tsconfig.json', { files: [], references: [] });
    expect(check()).toHaveLength(6);
  });
});

describe('imports', () => {
  it.each([
    ["import '@zebu/protocol/src/zxid.ts';", 'only the exports of @zebu/protocol are its doors'],
    ["import '../../protocol/src/zxid.ts';", 'that leaves the package: import the other package by its name'],
    ["export * from '@zebu/txnlog';", 'declare @zebu/txnlog in package.json, or do not use it'],
    ["import { it } from 'vitest';", 'declare vitest in package.json, or do not use it'],
  ])('fails on %s', (source, reason) => {
    write('packages/fle/src/deep.ts', source);
    expect(check()).toEqual([expect.stringContaining(reason)]);
  });

  it('finds every form of import and none in comments and text', () => {
    const source = [
      "import a from 'a';",
      "import {\n  type B,\n} from 'b';",
      "export type { C } from 'c';",
      "const d = await import('node:d');",
      "import 'e';",
      "// taken from 'comment'",
      'const text = "import x from \'text\'";',
      "export const f = 'literal';",
    ];
    expect(findImports(source.join('\n')).sort()).toEqual(['a', 'b', 'c', 'e', 'node:d']);
  });
});

function writePackage(name: string, preset: string, dependencies: string[], external: Record<string, string> = {}) {
  const workspace = Object.fromEntries(dependencies.map((dependency) => [`@zebu/${dependency}`, 'workspace:*']));
  writeJson(`packages/${name}/package.json`, { name: `@zebu/${name}`, dependencies: { ...workspace, ...external } });
  writeJson(`packages/${name}/tsconfig.json`, {
    extends: `../../tooling/tsconfig/${preset}.json`,
    references: dependencies.map((dependency) => ({ path: `../${dependency}` })),
  });
  writeJson(`packages/${name}/test/tsconfig.json`, { references: [{ path: '..' }] });
}

function writeJson(path: string, value: unknown) {
  write(path, JSON.stringify(value));
}

function write(path: string, text: string) {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
