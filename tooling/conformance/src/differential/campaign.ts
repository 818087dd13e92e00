// Many seeds against the same two deployments: what they showed, and the smallest script for the first difference.

import type { ApacheRelease } from '../servers/apache-jars.ts';
import { Deployment } from '../servers/deployment.ts';
import { generate } from '../script/generate.ts';
import type { Divergence } from './divergences.ts';
import { Differential, type Played } from './differential.ts';

export interface CampaignOptions {
  readonly release: ApacheRelease;
  /** 1 is standalone. */
  readonly servers: number;
  readonly observers: number;
  readonly from: number;
  readonly seeds: number;
  readonly operations: number;
  /** Hears of every seed, the judge's side of it and ours. */
  readonly onSeed?: (seed: number, played: Played) => void;
}

export interface CampaignResult {
  readonly judge: string;
  readonly seedCount: number;
  readonly stepCount: number;
  /** One text for each seed that differs: a script to read, and both outcomes. */
  readonly differences: readonly string[];
  readonly explained: ReadonlyMap<Divergence, number>;
}

/** What scripts need switched on, the same on both sides. */
const LINES = [
  'extendedTypesEnabled=true',
  'enforceQuota=true',
  'DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=',
];
/** A bug shows in many seeds; a few of them are enough to read. */
const MAX_DIFFERENCES = 3;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { release, servers, observers } = options;
  const settings = { servers, observers, lines: LINES };
  const judge = await Deployment.start({ product: { kind: 'apache', release }, ...settings });
  try {
    const zebu = await Deployment.start({ product: { kind: 'zebu' }, ...settings });
    try {
      return await compareAll(options, judge, zebu);
    } finally {
      await zebu.stop();
    }
  } finally {
    await judge.stop();
  }
}

async function compareAll(options: CampaignOptions, judge: Deployment, zebu: Deployment): Promise<CampaignResult> {
  const differential = new Differential(judge, zebu, { eventZxids: options.release.line === '3.9' });
  const differences: string[] = [];
  const explained = new Map<Divergence, number>();
  let seedCount = 0;
  let stepCount = 0;
  for (; seedCount < options.seeds && differences.length < MAX_DIFFERENCES; seedCount++) {
    const seed = options.from + seedCount;
    const script = generate({ seed, operations: options.operations, servers: judge.ports.length });
    const played = await differential.run(script);
    stepCount += script.steps.length;
    for (const [divergence, count] of played.explained) {
      explained.set(divergence, (explained.get(divergence) ?? 0) + count);
    }
    if (played.difference !== undefined) {
      differences.push(`seed ${seed}:\n${await differential.explain(script, played.difference)}`);
    }
    options.onSeed?.(seed, played);
  }
  return { judge: judge.name, seedCount, stepCount, differences, explained };
}
