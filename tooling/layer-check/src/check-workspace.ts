// Compares the packages with the layers. Each finding names the file to change and what to do about it.

import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { layers, type PackageRule } from './layers.ts';
import type { Manifest, SourceFile, TsConfig, Workspace, WorkspacePackage } from './workspace.ts';

export type PackageRules = Readonly<Record<string, PackageRule>>;

const scope = '@zebu/';

export function checkWorkspace(workspace: Workspace, rules: PackageRules): string[] {
  return [
    ...checkRules(workspace, rules),
    ...checkSolution(workspace),
    ...workspace.packages.flatMap((member) => [
      ...checkManifest(member, rules[member.name]),
      ...checkReferences(workspace, member),
      ...checkImports(workspace.manifest, member, rules[member.name]),
    ]),
  ];
}

function checkRules(workspace: Workspace, rules: PackageRules): string[] {
  const findings: string[] = [];
  const present = new Set(workspace.packages.map((member) => member.name));
  for (const [name, rule] of Object.entries(rules)) {
    if (!present.has(name)) findings.push(`layers.ts lists ${name}, which is not in the workspace: remove it`);
    for (const dependency of rule.dependsOn) {
      const layer = rules[dependency]?.layer;
      if (layer === undefined) {
        findings.push(`layers.ts lets ${name} depend on ${dependency}, which it does not list`);
      } else if (!(layers[rule.layer] as readonly string[]).includes(layer)) {
        findings.push(
          `layers.ts lets ${name} (${rule.layer}) depend on ${dependency} (${layer}): that layer is out of its reach`,
        );
      }
    }
  }
  return findings;
}

function checkSolution(workspace: Workspace): string[] {
  const projects = workspace.packages.flatMap((member) => [member.tsconfig, member.testTsconfig]);
  return compare('tsconfig.json', 'its references', workspace.solution?.references ?? [], {
    what: 'the projects of the workspace',
    names: projects.filter((project) => project !== undefined).map((project) => dirname(project.path)),
  });
}

function checkManifest(member: WorkspacePackage, rule: PackageRule | undefined): string[] {
  const manifestPath = join(member.directory, 'package.json');
  const findings: string[] = [];
  if (member.manifest.name !== scope + member.name) {
    findings.push(
      `${manifestPath}: the package is called ${member.manifest.name}; the directory says ${scope}${member.name}`,
    );
  }
  if (rule === undefined) {
    if (!member.directory.startsWith('tooling')) {
      findings.push(`${manifestPath}: ${member.name} has no layer: add it to tooling/layer-check/src/layers.ts`);
    }
    return findings;
  }
  findings.push(
    ...compare(manifestPath, 'its dependencies', workspaceNames(publishedDependencies(member.manifest)), {
      what: 'tooling/layer-check/src/layers.ts',
      names: rule.dependsOn,
    }),
  );
  if (rule.pure) {
    for (const dependency of publishedDependencies(member.manifest)) {
      if (!dependency.startsWith(scope)) {
        findings.push(
          `${manifestPath}: ${member.name} is pure and may not depend on ${dependency}, which nobody can replay from a seed`,
        );
      }
    }
  }
  const preset = rule.pure ? 'tooling/tsconfig/pure.json' : 'tooling/tsconfig/node.json';
  if (!member.tsconfig?.extends?.endsWith(preset)) {
    findings.push(`${join(member.directory, 'tsconfig.json')}: must extend ${preset}`);
  }
  return findings;
}

function checkReferences(workspace: Workspace, member: WorkspacePackage): string[] {
  const directories = new Map(workspace.packages.map((other) => [other.name, other.directory]));
  const toDirectories = (dependencies: readonly string[]) =>
    workspaceNames(dependencies).map((name) => directories.get(name) ?? `${scope}${name} (not in the workspace)`);
  const own = member.tsconfig ? [member.directory] : [];
  return [
    ...compareReferences(member.tsconfig, 'dependencies', toDirectories(publishedDependencies(member.manifest))),
    ...compareReferences(member.testTsconfig, 'devDependencies', [
      ...own,
      ...toDirectories(Object.keys(member.manifest.devDependencies ?? {})),
    ]),
  ];
}

function compareReferences(tsconfig: TsConfig | undefined, field: string, expected: readonly string[]): string[] {
  if (tsconfig === undefined) return [];
  return compare(tsconfig.path, 'its references', tsconfig.references, {
    what: `the ${field} in package.json`,
    names: expected,
  });
}

function checkImports(root: Manifest, member: WorkspacePackage, rule: PackageRule | undefined): string[] {
  const published = publishedDependencies(member.manifest);
  const inTests = [
    ...published,
    ...Object.keys(member.manifest.devDependencies ?? {}),
    ...Object.keys(root.devDependencies ?? {}),
  ];
  return [
    ...member.sources.flatMap((file) => checkFile(file, member, published, rule?.pure === true)),
    ...member.tests.flatMap((file) => checkFile(file, member, inTests, false)),
  ];
}

function checkFile(file: SourceFile, member: WorkspacePackage, declared: readonly string[], pure: boolean): string[] {
  const findings = file.imports.map((specifier) => {
    if (specifier.startsWith('.')) return checkRelativeImport(file, member, specifier);
    const imported = packageOf(specifier);
    if (isBuiltin(specifier)) {
      return pure ? `${member.name} is pure: reach the world through a port of @zebu/interfaces` : undefined;
    }
    if (imported.startsWith(scope) && /^\/(src|dist|test)(\/|$)/.test(specifier.slice(imported.length))) {
      return `only the exports of ${imported} are its doors`;
    }
    if (imported !== member.manifest.name && !declared.includes(imported)) {
      return `declare ${imported} in package.json, or do not use it`;
    }
    return undefined;
  });
  return findings.flatMap((finding, index) =>
    finding === undefined ? [] : [`${file.path}: imports '${file.imports[index]}': ${finding}`],
  );
}

function checkRelativeImport(file: SourceFile, member: WorkspacePackage, specifier: string): string | undefined {
  const outside = relative(member.directory, join(dirname(file.path), specifier)).startsWith('..');
  return outside ? 'that leaves the package: import the other package by its name' : undefined;
}

/** What a consumer of the package installs with it. */
function publishedDependencies(manifest: Manifest): string[] {
  return [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
}

function workspaceNames(dependencies: readonly string[]): string[] {
  return dependencies.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(packageOf(specifier));
}

function compare(
  path: string,
  subject: string,
  actual: readonly string[],
  expected: { what: string; names: readonly string[] },
): string[] {
  return [
    ...expected.names
      .filter((name) => !actual.includes(name))
      .map((name) => `${path}: ${subject} lack ${name}, listed in ${expected.what}`),
    ...actual
      .filter((name) => !expected.names.includes(name))
      .map((name) => `${path}: ${subject} have ${name}, not listed in ${expected.what}`),
  ];
}
