// Runs one story in a world of its own, with all checkers listening.

import type { Millis } from '@zebu/protocol';
import type { Violation } from '../checkers/checker.ts';
import { allCheckers } from '../checkers/index.ts';
import type { HistoryEvent } from '../history/event.ts';
import { createWorld } from '../world/simulated-world.ts';
import { endWell } from './ending.ts';
import { scenarios } from './index.ts';
import type { Scenario } from './scenario.ts';
import { Story } from './story.ts';

export interface ScenarioOutcome {
  readonly scenario: Scenario;
  /** The story as far as it came, a line a step. */
  readonly told: readonly string[];
  /** Why the story could not be told to its end. */
  readonly failure: string | undefined;
  readonly violations: readonly Violation[];
  readonly history: readonly HistoryEvent[];
}

/** By its ticket. Rejects when there is none of that name. */
export async function runScenario(ticket: string): Promise<ScenarioOutcome> {
  const scenario = scenarios.find((candidate) => candidate.ticket === ticket);
  if (scenario === undefined) throw new Error(`there is no scenario ${ticket}`);
  return playScenario(scenario);
}

async function playScenario(scenario: Scenario): Promise<ScenarioOutcome> {
  let outcome: ScenarioOutcome | undefined;
  for (const moment of scenario.moments ?? [0]) {
    outcome = await playAt(scenario, moment);
    if (outcome.failure !== undefined || outcome.violations.length > 0) break;
  }
  return outcome as ScenarioOutcome;
}

async function playAt(scenario: Scenario, moment: Millis): Promise<ScenarioOutcome> {
  const { voters, observers = 0, settings, reconfiguration, oracle, breaks } = scenario;
  const world = createWorld(
    {
      seed: 1,
      voterCount: voters,
      observerCount: observers,
      settings: { localSessions: true, ...settings },
      reconfiguration,
      oracle,
    },
    false,
  );
  const story = new Story(world);
  const { history } = world;
  const checkers = allCheckers({ voters: new Set(world.voters) });
  history.listen((event, index) => {
    for (const checker of checkers) checker.onEvent(event, index);
  });
  history.record({ type: 'phase', phase: 'faults' });
  let failure: string | undefined;
  try {
    await scenario.tell(story, moment);
    if (breaks === undefined) await endWell(story);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  world.close();
  for (const checker of checkers) checker.atEnd(world.time.now, history.count);
  const violations = checkers.flatMap((checker) => checker.violations);
  if (breaks === undefined) return { scenario, told: story.told, failure, violations, history: story.facts.events };
  const broken = [...new Set(violations.map(({ checker }) => checker))].sort();
  failure ??= broken.join() === [...breaks].sort().join() ? undefined : `what is broken: ${broken.join(', ')}`;
  return { scenario, told: story.told, failure, violations: [], history: story.facts.events };
}
