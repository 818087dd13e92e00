// What a load needs of the world that it runs in: a simulated one, or real servers that somebody watches in the same words.

import type { Millis } from '@zebu/protocol';
import type { World } from '../world/world.ts';

export interface WorkloadWorld extends Pick<World, 'history' | 'random' | 'ids' | 'client' | 'dropClients'> {
  readonly time: {
    readonly now: Millis;
    sleep(ms: Millis): Promise<void>;
  };
}
