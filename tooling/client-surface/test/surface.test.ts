// Every row twice: with its feature it holds, without it is missed. A test that passes both times tests nothing.

import { ConnectionClosedError } from '@zebu/conformance/raw';
import { afterAll, describe, expect, it } from 'vitest';
import { NoAnswerError, runRow } from './harness/run-row.ts';
import { Servers } from './harness/servers.ts';
import { rows } from './rows/index.ts';

const servers = new Servers();
afterAll(() => servers.close());

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

const isMiss = (error: unknown): boolean =>
  error instanceof ConnectionClosedError ||
  error instanceof NoAnswerError ||
  (error instanceof Error && error.name === 'AssertionError');
