// All rows, in the order of the document.

import type { Row } from '../harness/row.ts';
import { authentication } from './authentication.ts';
import { createModes } from './create-modes.ts';
import { errors } from './errors.ts';
import { guarantees } from './guarantees.ts';
import { limits } from './limits.ts';
import { nodes } from './nodes.ts';
import { readOnly } from './read-only.ts';
import { readOps } from './read-ops.ts';
import { sessions } from './sessions.ts';
import { tls } from './tls.ts';
import { watches } from './watches.ts';
import { words } from './words.ts';
import { writeOps } from './write-ops.ts';

export const rows: readonly Row[] = [
  ...writeOps,
  ...readOps,
  ...watches,
  ...createModes,
  ...errors,
  ...guarantees,
  ...sessions,
  ...readOnly,
  ...authentication,
  ...tls,
  ...nodes,
  ...words,
  ...limits,
];
