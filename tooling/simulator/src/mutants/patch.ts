// Applies patches to the text of a module. A fragment that is not there, or there twice, is an error: a mutant must not become harmless unnoticed
// when the code that it breaks is written anew.

import type { Mutant, Patch } from './mutant.ts';

export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** The modules in which the mutant differs, each once. */
export const modulesOf = ({ patches }: Mutant): string[] => [...new Set(patches.map(({ module }) => module))];

/** `packages`: the directory that holds packages with their builds. */
export const moduleUrl = (packages: URL, module: string): string => {
  const slash = module.indexOf('/');
  return new URL(`${module.slice(0, slash)}/dist/${module.slice(slash + 1)}`, packages).href;
};

/** The mutant's version of a module. */
export function patchModule(mutant: Mutant, module: string, source: string): string {
  const patches = mutant.patches.filter((patch) => patch.module === module);
  return patches.reduce((patched, patch) => applyPatch(mutant, patch, patched), source);
}

function applyPatch({ name }: Mutant, { module, find, replace }: Patch, source: string): string {
  const count = source.match(fragment(find))?.length ?? 0;
  if (count !== 1) {
    throw new PatchError(
      `mutant ${name}: ${count === 0 ? 'nothing' : `more than one place (${count})`} in the build of ${module} reads\n  ${find}\nThe code has changed: say in the mutant where its fault belongs now.`,
    );
  }
  return source.replace(fragment(find), () => replace);
}

/** White space is as good as any other: the compiler lays statements out anew. */
const fragment = (text: string): RegExp => new RegExp(text.trim().split(/\s+/).map(escapeRegExp).join('\\s+'), 'g');

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
