import type { ServerId } from '@zebu/protocol';
import type { Configuration } from '../model/configuration.ts';
import type { EpochModel } from '../model/epoch-model.ts';
import type { HistoryNode } from '../model/history-node.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Observers, servers of weight 0 and strangers are counted by nobody, so what they hold must not become everybody's. Relies on NEWLEADER and `role`,
 * and on the reconfigs in the leader's history. No violation: a voter of the configuration in force whose history ends in one that leaves it out; nor
 * when another server called that one committed and this server cannot know. Quorums of both are needed then, and are checked elsewhere.
 */
export class LeaderHasAVote extends ZabChecker implements ZabObserver {
  readonly name = 'leader-has-a-vote';
  readonly property = 'only a server that has a vote in a configuration of its history begins an epoch';

  onInitialHistory({ epoch, leader, initialHistory }: EpochModel): void {
    if (initialHistory === undefined) return;
    const configurations = this.#configurationsFor(leader, initialHistory);
    if (configurations.some(({ voters }) => voters.has(leader))) return;
    const voters = configurations.map((configuration) => [...configuration.voters].join(', ')).join('; ');
    this.report(`server ${leader} begins epoch ${epoch} and has no vote among servers ${voters}`, [leader]);
  }

  #configurationsFor(leader: ServerId, history: HistoryNode): readonly Configuration[] {
    const configurations = this.model.configurations(history);
    const { reconfig } = history;
    if (reconfig === undefined || reconfig.zxid <= this.model.server(leader).knownCommitted) return configurations;
    return [...configurations, this.model.configurationBefore(reconfig)];
  }
}
