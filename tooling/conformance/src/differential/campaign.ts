// Many seeds against the same few deployments: what they showed, and the smallest script for the first difference.

import type { ApacheRelease } from '../servers/apache-jars.ts';
import { Deployment, type Product } from '../servers/deployment.ts';
import { type Variant, variantOf, withoutQuorum } from '../servers/variants.ts';
import { adapt } from '../script/adapt.ts';
import { generate } from '../script/generate.ts';
import type { Script } from '../script/step.ts';
import type { Divergence } from './divergences.ts';
import type { Difference } from './compare.ts';
import { Differential, type Played } from './differential.ts';
import { ConnectionClosedError } from '../raw/index.ts';

export interface CampaignOptions {
  readonly release: ApacheRelease;
  /** 1 is standalone. */
  readonly servers: number;
  readonly observers: number;
  /** The servers lose their quorum first, and the seeds are played on one that only reads. */
  readonly readOnly?: boolean;
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

/** A bug shows in many seeds; a few of them are enough to read. */
const MAX_DIFFERENCES = 3;
/** What is there to be read when nothing can be written: what every seed begins with, and little more. */
const PREPARATION = { seed: 1, operations: 30 };

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const pairs = new Pairs(options);
  try {
    return await compareAll(options, pairs);
  } finally {
    await pairs.stop();
  }
}

/** The judge and Zebu under each variant, started when the first seed needs them. */
class Pairs {
  readonly #options: CampaignOptions;
  readonly #deployments: Deployment[] = [];
  readonly #differentials = new Map<Variant, Differential>();

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  /**
   * A machine that stands still for long makes servers give up sessions, also those that look after a run: the seed is then
   * played once more, by servers of its own. A text says what happened when that was of no use, or a server is gone.
   */
  async run(script: Script, variant: Variant): Promise<Played | string> {
    for (let attempt = 1; ; attempt++) {
      const differential = await this.#under(variant);
      try {
        return await differential.run(script);
      } catch (error) {
        if (!(error instanceof ConnectionClosedError) && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED')
          throw error;
        const { lastWords } = differential;
        await this.stop();
        if (lastWords.length > 0 || attempt === 2) return [(error as Error).message, ...lastWords].join('\n');
      }
    }
  }

  async explain(script: Script, difference: Difference, variant: Variant): Promise<string> {
    const differential = await this.#under(variant);
    return differential.explain(script, difference);
  }

  async #under(variant: Variant): Promise<Differential> {
    const running = this.#differentials.get(variant);
    if (running !== undefined) return running;
    const { release } = this.#options;
    const judge = await this.#start({ kind: 'apache', release }, variant);
    const zebu = await this.#start({ kind: 'zebu' }, variant);
    const differential = new Differential(judge, zebu, { eventZxids: release.line === '3.9' });
    if (this.#options.readOnly === true) await this.#loseQuorum(differential, [judge, zebu]);
    this.#differentials.set(variant, differential);
    return differential;
  }

  async #loseQuorum(differential: Differential, deployments: readonly Deployment[]): Promise<void> {
    const { release, servers } = this.#options;
    const { steps, ...script } = generate({ ...PREPARATION, servers });
    const readable = adapt(steps, { release: release.line, localSessions: true });
    const { difference } = await differential.run({ ...script, steps: readable });
    if (difference !== undefined) throw new Error('the servers differ before they lose their quorum');
    await Promise.all(deployments.map((deployment) => deployment.loseQuorum()));
  }

  async stop(): Promise<void> {
    this.#differentials.clear();
    await Promise.all(this.#deployments.splice(0).map((deployment) => deployment.stop()));
  }

  async #start(product: Product, { lines }: Variant): Promise<Deployment> {
    const { servers, observers } = this.#options;
    const deployment = await Deployment.start({ product, servers, observers, lines });
    this.#deployments.push(deployment);
    return deployment;
  }
}

async function compareAll(options: CampaignOptions, pairs: Pairs): Promise<CampaignResult> {
  const { release } = options;
  const differences: string[] = [];
  const explained = new Map<Divergence, number>();
  let seedCount = 0;
  let stepCount = 0;
  for (; seedCount < options.seeds && differences.length < MAX_DIFFERENCES; seedCount++) {
    const seed = options.from + seedCount;
    const variant = options.readOnly === true ? withoutQuorum : variantOf(seed, options.servers);
    const script = scriptOf(seed, options, variant);
    const played = await pairs.run(script, variant);
    if (typeof played === 'string') {
      differences.push(`seed ${seed} (${variant.name}): ${played}`);
      continue;
    }
    stepCount += script.steps.length;
    for (const [divergence, count] of played.explained) {
      explained.set(divergence, (explained.get(divergence) ?? 0) + count);
    }
    if (played.difference !== undefined) {
      const explanation = await pairs.explain(script, played.difference, variant);
      differences.push(`seed ${seed} (${variant.name}):\n${explanation}`);
    }
    options.onSeed?.(seed, played);
  }
  return { judge: `Apache ZooKeeper ${release.version}`, seedCount, stepCount, differences, explained };
}

function scriptOf(
  seed: number,
  { servers, observers, operations, release, readOnly = false }: CampaignOptions,
  variant: Variant,
): Script {
  if (readOnly) {
    const script = generate({ seed, operations, servers: 1, readOnly });
    return { ...script, steps: adapt(script.steps, { release: release.line, localSessions: false, readOnly }) };
  }
  const script = generate({ seed, operations, servers: servers + observers, reconfigs: variant.reconfigs });
  return { ...script, steps: adapt(script.steps, { release: release.line, localSessions: variant.localSessions }) };
}
