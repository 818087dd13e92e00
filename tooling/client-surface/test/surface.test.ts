// Every row twice: with its feature it holds, without it is missed. A test that passes both times tests nothing. Rows that need nothing
// in particular hold on every member of an ensemble, too.

import { ConnectionClosedError } from '@zebu/conformance/raw';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoAnswerError, runRow, runRowInRole } from './harness/run-row.ts';
import { Servers } from './harness/servers.ts';
import { makeTlsFiles, removeTlsFiles } from './harness/tls-files.ts';
import { rows } from './rows/index.ts';

const servers = new Servers();
beforeAll(makeTlsFiles);
afterAll(() => servers.close());
afterAll(removeTlsFiles);

describe.each(rows)('$id', (row) => {
  it('holds', () => runRow(row, servers, 'with'));

  it('is missed when it is switched off', async () => {
    const missed = await runRow(row, servers, 'without').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(missed, 'the test passes without the feature').toBeDefined();
    // What the row expects, or the connection, and no mistake of the test's own.
    if (!isMiss(missed)) throw missed;
  });
});

/** What a standalone server does without further lines every member of an ensemble does, whatever its role. */
const everywhere = rows.filter(
  ({ id, lines, servers: count }) => (lines ?? count) === undefined && !id.startsWith('word-'),
);

describe.each(['leader', 'follower', 'observer'] as const)('on a %s', (role) => {
  it.each(everywhere)('$id holds', (row) => runRowInRole(row, servers, role));
});

const isMiss = (error: unknown): boolean =>
  error instanceof ConnectionClosedError ||
  error instanceof NoAnswerError ||
  (error instanceof Error && error.name === 'AssertionError');
