// One scenario, from an empty disk to a verdict: a load, what befalls the servers, calm, all of it read back; and then the judges.

import { join } from 'node:path';
import { clientCheckers, type ClientLimits, saveHistory, SeededRandom } from '@zebu/simulator/clients';
import type { Finding } from '../checks/finding.ts';
import { readLogFiles } from '../checks/log-files.ts';
import { digestsAgree, logsAgree, oneLeaderPerEpoch, treesEqual, writesDoneOnce } from '../checks/servers.ts';
import { treeAtRest } from '../checks/tree-at-rest.ts';
import { Ensemble } from '../ensemble/ensemble.ts';
import { DEFAULT_SETTINGS } from '../ensemble/zoo-cfg.ts';
import { RealWorld } from '../record/real-world.ts';
import { drawn } from '../scenarios/draw.ts';
import type { Scenario, Stage } from '../scenarios/scenario.ts';
import { Load } from './load.ts';
import type { Outcome } from './outcome.ts';
import { InterruptedError, Patience } from './patience.ts';
import { Setting } from './setting.ts';

export interface ScenarioRun {
  readonly seed: number;
  readonly slack: number;
  /** Also of a run that found nothing. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  tell(line: string): void;
}

/** No verdict depends on how fast a machine is: what must come about may take long, and what must not come early has room. */
const CLIENT_LIMITS: ClientLimits = {
  lateContactMs: 3000,
  fastestClockRate: 1.25,
  expiredWithinMs: 60_000,
  collectedWithinMs: 60_000,
};

export async function runScenario(scenario: Scenario, run: ScenarioRun): Promise<Outcome> {
  const setting = new Setting();
  let isWorthKeeping = false;
  try {
    await setting.build(scenario.needs, scenario.serverCount);
    const play = new Play(scenario, run, setting);
    try {
      const outcome = await play.run();
      isWorthKeeping = outcome.keptIn !== undefined;
      return outcome;
    } finally {
      await play.end();
    }
  } finally {
    await setting.remove({ keepDirectory: isWorthKeeping });
  }
}

class Play {
  readonly #scenario: Scenario;
  readonly #run: ScenarioRun;
  readonly #setting: Setting;
  readonly #patience: Patience;
  readonly #random: SeededRandom;
  readonly #ensemble: Ensemble;
  readonly #world: RealWorld;
  readonly #load: Load;
  readonly #judges = clientCheckers(CLIENT_LIMITS);
  readonly #findings: Finding[] = [];
  readonly #figures: string[] = [];
  #faultsFromMs = 0;
  #faultsToMs = 0;

  constructor(scenario: Scenario, run: ScenarioRun, setting: Setting) {
    this.#scenario = scenario;
    this.#run = run;
    this.#setting = setting;
    this.#patience = new Patience(run.signal);
    this.#random = new SeededRandom(run.seed);
    this.#ensemble = new Ensemble(setting.hosts, { ...DEFAULT_SETTINGS, ...scenario.settings }, this.#patience);
    this.#world = new RealWorld(setting.hosts, this.#random.fork());
    this.#world.history.listen((event, index) => {
      for (const judge of this.#judges) judge.onEvent(event, index);
    });
    this.#load = new Load(this.#world, this.#patience);
  }

  async run(): Promise<Outcome> {
    const startedAt = performance.now();
    try {
      await this.#phases();
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      this.#findings.push({ check: 'progress', message: (error as Error).message });
    }
    this.#judgeClients();
    await this.#judgeServers();
    return this.#outcome(performance.now() - startedAt);
  }

  async end(): Promise<void> {
    this.#world.close();
    await this.#ensemble.endAll();
  }

  async #phases(): Promise<void> {
    const { history, ids } = this.#world;
    history.record({ type: 'phase', phase: 'faults' });
    for (const disk of this.#setting.disks.values()) await disk.sync();
    this.#ensemble.startAll();
    await this.#ensemble.serving();
    await this.#load.progress('before any fault');
    this.#faultsFromMs = this.#load.nowMs;
    await this.#play();
    this.#faultsToMs = this.#load.nowMs;
    history.record({ type: 'phase', phase: 'calm' });
    if (this.#scenario.needs === 'network') await this.#setting.network.healAll();
    this.#ensemble.startAll();
    await this.#ensemble.serving();
    if (!this.#load.isStopping) {
      await this.#load.progress('when all is calm');
      await this.#load.stop();
    }
    await this.#ensemble.inStep();
    history.record({ type: 'phase', phase: 'reading' });
    await this.#load.readBack(drawn(this.#random, ids));
    await this.#ensemble.inStep();
    history.record({ type: 'phase', phase: 'over' });
  }

  #play(): Promise<void> {
    const scenario = this.#scenario;
    const { network, disks } = { network: () => this.#setting.network, disks: this.#setting.disks };
    switch (scenario.needs) {
      case 'nothing':
        return scenario.play(this.#stage());
      case 'network':
        return scenario.play({ ...this.#stage(), network: network() });
      case 'disks':
        return scenario.play({
          ...this.#stage(),
          disk: (id) => {
            const disk = disks.get(id);
            if (disk === undefined) throw new Error(`server ${id} has no disk of its own`);
            return disk;
          },
        });
    }
  }

  #stage(): Stage {
    const random = this.#random.fork();
    return {
      ensemble: this.#ensemble,
      load: this.#load,
      patience: this.#patience,
      random,
      slack: this.#run.slack,
      tell: (line) => this.#run.tell(line),
      report: (figure) => this.#figures.push(figure),
      blame: (finding) => this.#findings.push(finding),
      pass: (ms) => this.#patience.sleep(random.between(0.7, 1.3) * ms),
    };
  }

  #judgeClients(): void {
    const { history, time } = this.#world;
    for (const judge of this.#judges) {
      judge.atEnd(time.now, history.count);
      for (const { checker, message } of judge.violations) this.#findings.push({ check: checker, message });
    }
  }

  /** Their files are read when they are down; a kill leaves them what they wrote. */
  async #judgeServers(): Promise<void> {
    const { servers } = this.#ensemble;
    for (const { id, unexplainedEnds } of servers) {
      for (const how of unexplainedEnds)
        this.#findings.push({ check: 'no-unexplained-end', message: `server ${id} ${how}` });
    }
    this.#findings.push(...oneLeaderPerEpoch(this.#ensemble.epochsLed()));
    this.#findings.push(...digestsAgree(new Map(servers.map(({ id, log }) => [id, log.text()]))));
    await this.#ensemble.endAll();
    const logs = new Map(servers.map(({ id, host }) => [id, readLogFiles(host.dataDirectory)]));
    this.#findings.push(...logsAgree(logs), ...writesDoneOnce(logs));
    const trees = new Map<(typeof servers)[number]['id'], string>();
    for (const { id, host } of servers) trees.set(id, await treeAtRest(host.dataDirectory));
    this.#findings.push(...treesEqual(trees));
  }

  #outcome(tookMs: number): Outcome {
    const { mustBreak, name } = this.#scenario;
    const bounds = { fromMs: this.#faultsFromMs, toMs: this.#faultsToMs };
    const found = this.#findings.find(({ check }) => check === mustBreak);
    if (mustBreak !== undefined && found === undefined) {
      this.#findings.push({ check: 'the-judges-judge', message: `nobody noticed that ${mustBreak} was broken` });
    }
    const isKept = this.#run.keep || (this.#findings.length > 0 && found === undefined);
    if (isKept) saveHistory(join(this.#setting.directory, 'history.jsonl'), this.#world.history.events);
    return {
      scenario: name,
      seed: this.#run.seed,
      findings: this.#findings,
      noticed: found?.message,
      operationCount: this.#load.operationCount,
      writeCount: this.#load.availability.count,
      reignCount: this.#ensemble.epochsLed().length,
      longestPauseMs: this.#load.availability.longestGapMs(bounds),
      tookMs,
      figures: this.#figures,
      keptIn: isKept ? this.#setting.directory : undefined,
    };
  }
}
