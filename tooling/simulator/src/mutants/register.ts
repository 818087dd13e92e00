// `node --import .../register.js`: in this process the packages are those of the mutant that SIMULATOR_MUTANT names. It patches modules as they are
// loaded, so whatever runs then runs the mutant, and nothing on disk is touched.

import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { findMutant } from './catalog.ts';
import { modulesOf, moduleUrl, patchModule } from './patch.ts';

/** What both kinds of hooks need, and can be handed to another thread: the new text of each module that differs. */
export interface PatchedModules {
  readonly sources: ReadonlyMap<string, string>;
}

const PACKAGES = new URL('../../../../packages/', import.meta.url);

function install(name: string): void {
  const mutant = findMutant(name);
  const sources = new Map<string, string>();
  for (const module of modulesOf(mutant)) {
    const url = moduleUrl(PACKAGES, module);
    const patched = patchModule(mutant, module, readFileSync(fileURLToPath(url), 'utf8'));
    sources.set(url, `${patched}\n${markLoaded(module)}`);
  }
  registerHooks(sources);
}

/** So that whoever plays the mutant can say that its fault was really there. */
const markLoaded = (module: string): string =>
  `(globalThis.mutatedModules ??= new Set()).add(${JSON.stringify(module)});`;

/** In this thread where Node can (22.15 and newer), else in the thread that Node 20 has for hooks. */
function registerHooks(sources: ReadonlyMap<string, string>): void {
  const { registerHooks: register } = nodeModule as unknown as SynchronousHooks;
  if (register === undefined) {
    const data: PatchedModules = { sources };
    nodeModule.register('./hooks.js', import.meta.url, { data });
    return;
  }
  register({
    load: (url, context, nextLoad) => {
      const source = sources.get(url);
      return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
    },
  });
}

/** What the types of Node 20 do not know. */
interface SynchronousHooks {
  readonly registerHooks?: (hooks: { load: SynchronousLoad }) => void;
}

type SynchronousLoad = (
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => LoadedModule,
) => LoadedModule;

interface LoadedModule {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: true;
}

install(process.env['SIMULATOR_MUTANT'] ?? '');
