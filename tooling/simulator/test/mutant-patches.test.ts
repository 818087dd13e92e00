// Mutants must not rot: every fragment is in the build, once.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../src/mutants/catalog.ts';
import type { Mutant } from '../src/mutants/mutant.ts';
import { modulesOf, moduleUrl, PatchError, patchModule } from '../src/mutants/patch.ts';

/** Reads sources from stdin, and writes down which are no modules. */
const PARSE_ALL = `
  import { readFileSync } from 'node:fs';
  import { SourceTextModule } from 'node:vm';
  for (const { name, text } of JSON.parse(readFileSync(0, 'utf8'))) {
    try {
      new SourceTextModule(text);
    } catch (error) {
      console.log(name, String(error));
    }
  }
`;
const PACKAGES = new URL('../../../packages/', import.meta.url);

describe('the patches of', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s fit the build', (_, mutant) => {
    for (const module of modulesOf(mutant)) {
      const file = fileURLToPath(moduleUrl(PACKAGES, module));
      expect(existsSync(file), `${file}: build first`).toBe(true);
      const source = readFileSync(file, 'utf8');
      expect(patchModule(mutant, module, source)).not.toBe(source);
    }
  });

  it('all mutants leave JavaScript behind', () => {
    const sources = MUTANTS.flatMap((mutant) =>
      modulesOf(mutant).map((module) => ({
        name: `${mutant.name}: ${module}`,
        text: patchModule(mutant, module, readFileSync(fileURLToPath(moduleUrl(PACKAGES, module)), 'utf8')),
      })),
    );
    const run = spawnSync(process.execPath, ['--experimental-vm-modules', '--input-type=module', '-e', PARSE_ALL], {
      input: JSON.stringify(sources),
      encoding: 'utf8',
    });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  });

  it('no two mutants are of one name', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});

describe('a patch', () => {
  const mutant = (find: string, replace: string): Mutant => ({
    name: 'example',
    sentence: 'An example.',
    patches: [{ module: 'learner/synchronization.js', find, replace }],
    caughtBy: { seeds: true, within: 1 },
  });
  const patched = (find: string, replace: string, source: string): string =>
    patchModule(mutant(find, replace), 'learner/synchronization.js', source);

  it('takes any white space for any other', () => {
    expect(patched('if (a) return b;', 'return $&;', 'x();\n  if (a)\n    return b;\ny();')).toBe(
      'x();\n  return $&;\ny();',
    );
  });

  it('is refused where its fragment is not, or is twice', () => {
    expect(() => patched('if (a)', '', 'if (b) {}')).toThrow(PatchError);
    expect(() => patched('if (a)', '', 'if (b) {}')).toThrow(/mutant example: nothing in the build of learner\/synch/);
    expect(() => patched('a', '', 'a + a')).toThrow(/more than one place \(2\)/);
  });

  it('changes no other module', () => {
    expect(patchModule(mutant('a', 'b'), 'learner/broadcast.js', 'a')).toBe('a');
  });
});
