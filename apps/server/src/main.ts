#!/usr/bin/env node
// Starts one server; see docs/configuration.md for its arguments.

import { start } from './start.ts';

await start(process.argv.slice(2));
