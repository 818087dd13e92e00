// The hooks for a Node whose hooks run in a thread of their own (before 22.15).

import type { LoadHook } from 'node:module';
import type { PatchedModules } from './register.ts';

let sources: PatchedModules['sources'] = new Map();

export function initialize(data: PatchedModules): void {
  sources = data.sources;
}

export const load: LoadHook = (url, context, nextLoad) => {
  const source = sources.get(url);
  return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
};
