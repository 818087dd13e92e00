// What a script leaves out because the judge's answer would be a fault of its own, under one release or configuration.

import type { PlainRequest, Request } from '../raw/index.ts';
import type { Step } from './step.ts';

export interface Judge {
  readonly release: '3.8' | '3.9';
  /** There, ZooKeeper carries out the ops of a multi that come before one that it cannot read. */
  readonly localSessions: boolean;
}

export function adapt(steps: readonly Step[], judge: Judge): readonly Step[] {
  let adapted = steps;
  // 3.8 never answers a check that stands alone.
  if (judge.release === '3.8') adapted = adapted.filter((step) => step.do !== 'call' || !step.requests.some(isCheck));
  return judge.localSessions ? adapted.map((step) => withReadableMultis(step)) : adapted;
}

const isCheck = (request: Request): boolean => request.op === 'check';

function withReadableMultis(step: Step): Step {
  if (step.do === 'mangled' && step.request.op === 'multi') return { do: 'call', client: step.client, requests: [] };
  return step.do === 'call' ? { ...step, requests: step.requests.map((request) => readable(request)) } : step;
}

const readable = (request: Request): Request =>
  request.op === 'multi' ? { ...request, ops: request.ops.filter(isReadable) } : request;

function isReadable(op: PlainRequest): boolean {
  if (!('path' in op) || op.path === null) return false;
  if (op.op === 'create' || op.op === 'create2' || op.op === 'createContainer') return op.flags >= 0 && op.flags < 5;
  return op.op === 'createTTL' || op.op === 'delete' || op.op === 'setData' || op.op === 'check';
}
