// Reads what the checks compare: manifests, tsconfig references and the imports of every source file.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

export interface SourceFile {
  /** Relative to the root of the workspace, as are all paths here. */
  readonly path: string;
  readonly imports: readonly string[];
}

export interface TsConfig {
  readonly path: string;
  readonly extends: string | undefined;
  /** Directories of the referenced projects. */
  readonly references: readonly string[];
}

export interface WorkspacePackage {
  /** The directory's own name, which is also the name without its scope. */
  readonly name: string;
  readonly directory: string;
  readonly manifest: Manifest;
  readonly tsconfig: TsConfig | undefined;
  readonly testTsconfig: TsConfig | undefined;
  readonly sources: readonly SourceFile[];
  readonly tests: readonly SourceFile[];
}

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Workspace {
  readonly manifest: Manifest;
  readonly solution: TsConfig | undefined;
  readonly packages: readonly WorkspacePackage[];
}

const packageParents = ['packages', 'apps', 'tooling'];

export function readWorkspace(root: string): Workspace {
  const directories = packageParents
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((child) => join(parent, child)))
    .filter((directory) => existsSync(join(root, directory, 'package.json')))
    .sort();
  return {
    manifest: readJson(join(root, 'package.json')) as Manifest,
    solution: readTsConfig(root, 'tsconfig.json'),
    packages: directories.map((directory) => readPackage(root, directory)),
  };
}

function readPackage(root: string, directory: string): WorkspacePackage {
  return {
    name: directory.slice(directory.indexOf(sep) + 1),
    directory,
    manifest: readJson(join(root, directory, 'package.json')) as Manifest,
    tsconfig: readTsConfig(root, join(directory, 'tsconfig.json')),
    testTsconfig: readTsConfig(root, join(directory, 'test', 'tsconfig.json')),
    sources: readSources(root, join(directory, 'src')),
    tests: readSources(root, join(directory, 'test')),
  };
}

function readTsConfig(root: string, path: string): TsConfig | undefined {
  if (!existsSync(join(root, path))) return undefined;
  const json = readJson(join(root, path)) as { extends?: string; references?: { path: string }[] };
  const toDirectory = (reference: { path: string }) =>
    relative(root, resolve(root, dirname(path), reference.path)) || '.';
  return { path, extends: json.extends, references: (json.references ?? []).map(toDirectory) };
}

function readSources(root: string, directory: string): SourceFile[] {
  if (!existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
    .map((path) => ({ path, imports: findImports(readFileSync(join(root, path), 'utf8')) }));
}

/** Anchored at the start of a line, so that the word in a comment or a message is not taken for an import. */
const staticImport = /^[ \t]*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;
const inlineImport = /\b(?:import|require)\(\s*(['"])([^'"\n]+)\1/g;

export function findImports(source: string): string[] {
  return [staticImport, inlineImport].flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => match[2] as string),
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${path} as JSON`, { cause: error });
  }
}
