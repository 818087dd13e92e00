#!/usr/bin/env node
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkWorkspace } from './check-workspace.ts';
import { packages } from './layers.ts';
import { readWorkspace } from './workspace.ts';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../../..', import.meta.url)));
const workspace = readWorkspace(root);
const findings = checkWorkspace(workspace, packages);
for (const finding of findings) console.error(finding);
if (findings.length > 0) {
  console.error(`\n${findings.length} finding(s). The layers and their reasons: CONTRIBUTING.md, "Layers".`);
  process.exitCode = 1;
} else {
  console.log(`${workspace.packages.length} packages keep to their layers`);
}
