// multi and multiRead: a header before each op, and one more to end the list.

import { type Codec, int, type JuteReader, type JuteWriter, record } from './jute.ts';
import { operationNamed, operations, type PlainRequest } from './operations.ts';
import { multiHeader } from './records.ts';

/** What the server answers for one op of a multi; a failed one has type -1, and its code in the body as well. */
export interface MultiResult {
  readonly type: number;
  readonly err: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const error = record({ err: int });
const withoutBody: readonly string[] = ['delete', 'check', 'deleteContainer'];

export function writeOps(output: JuteWriter, ops: readonly PlainRequest[]): void {
  for (const op of ops) {
    const { code, request } = operations[op.op];
    multiHeader.write(output, { type: code, done: false, err: -1 });
    (request as Codec<unknown>).write(output, op);
  }
  multiHeader.write(output, { type: -1, done: true, err: -1 });
}

export function readResults(input: JuteReader): readonly MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const { type, done, err } = multiHeader.read(input);
    if (done) return results;
    results.push({ type, err, body: readResult(input, type) });
  }
}

function readResult(input: JuteReader, type: number): Readonly<Record<string, unknown>> {
  if (type === -1) return error.read(input);
  const name = operationNamed(type);
  if (name === undefined) throw new RangeError(`an op of a multi is answered with the unknown type ${type}`);
  return withoutBody.includes(name) ? {} : operations[name].reply.read(input);
}
