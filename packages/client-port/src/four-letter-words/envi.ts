import type { FourLetterWordFacts } from './facts.ts';

/** The environment of the process (EnvCommand); it says no more than the names that ZooKeeper says. */
export function envi(facts: FourLetterWordFacts): string {
  const entries = [['zookeeper.version', facts.version] as const, ...facts.environment()];
  return `Environment:\n${entries.map(([name, value]) => `${name}=${value}\n`).join('')}`;
}
