// What a script leaves out because the judge's answer would be a fault of its own, under one release or configuration.

import type { PlainRequest, Request } from '../raw/index.ts';
import type { Step } from './step.ts';

export interface Judge {
  readonly release: '3.8' | '3.9';
  /** There, ZooKeeper carries out the ops of a multi that come before one that it cannot read. */
  readonly localSessions: boolean;
  /** There, it refuses writes before it answers the reads that were sent before them. */
  readonly readOnly?: boolean;
}

export function adapt(steps: readonly Step[], judge: Judge): readonly Step[] {
  let adapted = steps;
  // 3.8 never answers a check that stands alone.
  if (judge.release === '3.8') adapted = adapted.filter((step) => step.do !== 'call' || !step.requests.some(isCheck));
  if (judge.readOnly === true) adapted = adapted.flatMap((step) => withoutMixture(step));
  return judge.localSessions ? adapted.map((step) => withReadableMultis(step)) : adapted;
}

const isCheck = (request: Request): boolean => request.op === 'check';

/** Runs of what it answers in one place. */
function withoutMixture(step: Step): readonly Step[] {
  if (step.do !== 'call') return [step];
  const runs: Request[][] = [];
  for (const request of step.requests) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && isRefused(last[0]) === isRefused(request)) last.push(request);
    else runs.push([request]);
  }
  return runs.length < 2 ? [step] : runs.map((requests) => ({ ...step, requests }));
}

/** ReadOnlyRequestProcessor. */
const REFUSED: ReadonlySet<Request['op']> = new Set<Request['op']>([
  'sync',
  'create',
  'create2',
  'createTTL',
  'createContainer',
  'delete',
  'deleteContainer',
  'setData',
  'setACL',
  'reconfig',
  'multi',
]);
const isRefused = ({ op }: Request): boolean => REFUSED.has(op);

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
