// Makes a script smaller while it still shows a difference: first without what comes after it, then without any part that
// is not needed (delta debugging), then with single ops left out of multis.

import type { Request } from '../raw/index.ts';
import type { Script, Step } from '../script/step.ts';

/** Whether the script still shows it. Each try works under a root of its own. */
export type StillDiffers = (script: Script) => Promise<boolean>;

const TRY_LIMIT = 400;

export async function shrink(script: Script, lastIndex: number, stillDiffers: StillDiffers): Promise<Script> {
  let tries = 0;
  const differs = async (steps: readonly Step[]): Promise<boolean> => {
    return tries++ < TRY_LIMIT && (await stillDiffers({ ...script, steps }));
  };
  let steps: readonly Step[] = script.steps.slice(0, lastIndex + 1);
  if (!(await differs(steps))) return script;
  steps = await withoutChunks(steps, differs);
  return { ...script, steps: await withSimplerSteps(steps, differs) };
}

async function withoutChunks(
  all: readonly Step[],
  differs: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let steps = all;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = steps.length; end > 0; ) {
      const start = Math.max(0, end - size);
      const fewer = [...steps.slice(0, start), ...steps.slice(end)];
      if (await differs(fewer)) steps = fewer;
      end = start;
    }
  }
  return steps;
}

async function withSimplerSteps(
  all: readonly Step[],
  differs: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let steps = all;
  for (let index = 0; index < steps.length; index++) {
    for (let found = true; found; ) {
      found = false;
      for (const simpler of simplerSteps(steps[index] as Step)) {
        const tried = steps.with(index, simpler);
        if (!(await differs(tried))) continue;
        steps = tried;
        found = true;
        break;
      }
    }
  }
  return steps;
}

function simplerSteps(step: Step): Step[] {
  if (step.do !== 'call') return [];
  return step.requests.flatMap((request, index): Step[] => [
    ...(step.requests.length > 1 ? [{ ...step, requests: step.requests.toSpliced(index, 1) }] : []),
    ...simplerRequests(request).map((simpler): Step => ({ ...step, requests: step.requests.with(index, simpler) })),
  ]);
}

function simplerRequests(request: Request): Request[] {
  if (request.op !== 'multi' && request.op !== 'multiRead') return [];
  return request.ops.map((_, index) => ({ ...request, ops: request.ops.toSpliced(index, 1) }));
}
