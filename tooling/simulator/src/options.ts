// The command line of pnpm simulate.

import { parseArgs } from 'node:util';
import { ELECTION_CHOICES, type ElectionChoice } from './run/election-choice.ts';
import { type Feature, FEATURE_NAMES, FEATURES, type SeedShape } from './run/seed-shape.ts';

export type CommandLine =
  | { readonly type: 'help' }
  | { readonly type: 'scale' }
  | { readonly type: 'scenario'; readonly ticket: string }
  | { readonly type: 'replay'; readonly seed: number; readonly shape: SeedShape }
  /** No names: all of them. */
  | {
      readonly type: 'mutants';
      readonly names: readonly string[];
      readonly seedCount: number | undefined;
      readonly scenarios: boolean;
    }
  | {
      readonly type: 'run';
      readonly from: number;
      readonly seedCount: number;
      readonly limitMs: number | undefined;
      readonly jobs: number;
      readonly keepGoing: boolean;
      readonly shape: SeedShape;
    };

const DEFAULT_SEED_COUNT = 200;
const MS_PER_MINUTE = 60_000;
const [FEWEST_SERVERS, MOST_SERVERS, MOST_OBSERVERS] = [3, 9, 20];

export const USAGE = `pnpm simulate [--seeds N] [--from SEED] [--minutes M] [--servers V] [--observers O] [--election E] [--oracle] [FEATURE...] [--jobs J]
pnpm simulate --replay SEED [--servers V] [--observers O] [--election E] [--oracle] [FEATURE...]
pnpm simulate --scenario TICKET
pnpm simulate --mutants [NAME,NAME...] [--scenarios] [--seeds N]
pnpm simulate --scale

  --seeds N       how many seeds to run; ${DEFAULT_SEED_COUNT} untold, without end when only --minutes is given
  --from SEED     the first one; 1 untold
  --minutes M     begin no more seeds after so long
  --servers V     voters, ${FEWEST_SERVERS} to ${MOST_SERVERS}; the seed chooses untold
  --observers O   observers, 0 to ${MOST_OBSERVERS}; the seed chooses untold
  --election E    by what servers elect: fle, preferred, mixed (one seed fle, the next preferred), or a bad module,
                  selfish or silent; fle untold
  --oracle        two voters, one of whom an oracle that tells the truth lets go on alone
  --jobs J        processes; as many as there are cores untold
  --keep-going    goes on after a violation
  --replay SEED   runs one seed and tells its story: what struck, what it came to, and a diagram
  --scenario T    tells one known bug as a story, such as ZOOKEEPER-4643, and sees that it comes out well
  --mutants       breaks the servers in one way after the other, and sees that each is noticed; --seeds N: within so many seeds
  --scenarios     with --mutants: which scenarios fail under which mutant
  --scale         measures ensembles of every size, near and far: the table of docs/scaling.md, some minutes
  --help          says this

Features, each off untold; mutants say for themselves which they need:
${FEATURE_NAMES.map((name) => `  --${name.padEnd(14)}${FEATURES[name]}`).join('\n')}

Exit code: 0 when every property holds (or every mutant is caught), 1 when not, 2 for bad arguments, 130 after Ctrl-C.`;

/** Throws TypeError at what is no option, RangeError at what is no number. */
export function parseCommandLine(args: readonly string[], coreCount: number): CommandLine {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const featureFlags = Object.fromEntries(FEATURE_NAMES.map((name) => [name, flag])) as Record<Feature, typeof flag>;
  const { values } = parseArgs({
    // Names may be left out.
    args: args.map((arg, index) => (arg === '--mutants' && isAbsent(args[index + 1]) ? '--mutants=' : arg)),
    options: {
      seeds: text,
      from: text,
      minutes: text,
      servers: text,
      observers: text,
      election: text,
      oracle: flag,
      jobs: text,
      replay: text,
      'keep-going': flag,
      mutants: text,
      scenarios: flag,
      scenario: text,
      scale: flag,
      help: flag,
      ...featureFlags,
    },
  });
  if (values.help === true) return { type: 'help' };
  if (values.scale === true) return { type: 'scale' };
  if (values.scenario !== undefined) return { type: 'scenario', ticket: values.scenario };
  const shape: SeedShape = {
    ...(values.servers !== undefined && {
      voterCount: integer('servers', values.servers, FEWEST_SERVERS, MOST_SERVERS),
    }),
    ...(values.observers !== undefined && { observerCount: integer('observers', values.observers, 0, MOST_OBSERVERS) }),
    ...Object.fromEntries(FEATURE_NAMES.filter((name) => values[name] === true).map((name) => [name, true])),
    ...(values.election !== undefined && { election: electionChoice(values.election) }),
    ...(values.oracle === true && { oracle: true }),
  };
  refuseAround(shape);
  const { mutants, seeds } = values;
  if (mutants !== undefined)
    return {
      type: 'mutants',
      names: mutants.split(',').filter((name) => name !== ''),
      seedCount: seeds === undefined ? undefined : integer('seeds', seeds, 1),
      scenarios: values.scenarios === true,
    };
  if (values.replay !== undefined) return { type: 'replay', seed: integer('replay', values.replay, 0), shape };
  const limitMs = values.minutes === undefined ? undefined : positive('minutes', values.minutes) * MS_PER_MINUTE;
  const untold = limitMs === undefined ? DEFAULT_SEED_COUNT : Number.MAX_SAFE_INTEGER;
  return {
    type: 'run',
    from: values.from === undefined ? 1 : integer('from', values.from, 0),
    seedCount: values.seeds === undefined ? untold : integer('seeds', values.seeds, 1),
    limitMs,
    jobs: values.jobs === undefined ? coreCount : integer('jobs', values.jobs, 1),
    keepGoing: values['keep-going'] === true,
    shape,
  };
}

function electionChoice(text: string): ElectionChoice {
  const choice = ELECTION_CHOICES.find((each) => each === text);
  if (choice === undefined) throw new RangeError(`--election ${text}: give one of ${ELECTION_CHOICES.join(', ')}`);
  return choice;
}

/** An oracle has a say where two servers vote, each as much as the other. */
function refuseAround({ oracle, voterCount, weights, reconfigure }: SeedShape): void {
  if (oracle === true && (voterCount !== undefined || weights === true || reconfigure === true))
    throw new RangeError('--oracle: means two voters, and goes with none of --servers, --weights and --reconfigure');
}

const isAbsent = (value: string | undefined): boolean => value === undefined || value.startsWith('--');

function integer(name: string, text: string, low: number, high = 2 ** 31 - 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    throw new RangeError(`--${name} ${text}: give a whole number from ${low} to ${high}`);
  return value;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`--${name} ${text}: give a number above 0`);
  return value;
}
