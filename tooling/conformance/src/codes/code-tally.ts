// How often the judge has answered each operation with each code: alone, and as a part of a multi or multiRead.

import { MULTI, MULTI_READ, type MultiResult, operationNamed, type Reply, type Request } from '../raw/index.ts';
import type { Observation } from '../differential/observation.ts';

export class CodeTally {
  readonly #counts = new Map<string, Map<number, number>>();

  add(observations: readonly Observation[]): void {
    for (const observation of observations) {
      for (const one of Object.values(observation).flat()) {
        if (one.kind === 'reply' && one.request !== undefined) this.#addReply(one.request, one.reply);
      }
    }
  }

  count(operation: string, code: number): number {
    return this.#counts.get(operation)?.get(code) ?? 0;
  }

  /** Every operation that was answered, and the codes that it was answered with. */
  entries(): readonly { readonly operation: string; readonly codes: ReadonlyMap<number, number> }[] {
    return [...this.#counts].map(([operation, codes]) => ({ operation, codes }));
  }

  #addReply(request: Request, reply: Reply): void {
    this.#add(nameOf(request), reply.err);
    const results = reply.body?.['results'] as readonly MultiResult[] | undefined;
    if (results === undefined || !('ops' in request)) return;
    for (const [index, { type, err, body }] of results.entries()) {
      const part = request.ops[index];
      if (part !== undefined) this.#add(`${request.op}: ${part.op}`, type === -1 ? Number(body['err']) : err);
    }
  }

  #add(operation: string, code: number): void {
    const codes = this.#counts.get(operation) ?? new Map<number, number>();
    codes.set(code, (codes.get(code) ?? 0) + 1);
    this.#counts.set(operation, codes);
  }
}

/** Bytes that stand for a record count for the operation whose type they were sent with. */
function nameOf(request: Request): string {
  if (request.op !== 'raw') return request.op;
  if (request.type === MULTI) return 'multi';
  if (request.type === MULTI_READ) return 'multiRead';
  return operationNamed(request.type) ?? 'an unknown type';
}
