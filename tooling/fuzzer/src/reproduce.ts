// Tries conversations on a fresh server, to know whether they alone are what broke it.

import type { Conversation } from './conversation.ts';
import { HOME } from './fuzz.ts';
import { Lane } from './lane.ts';
import { ReplyCounter } from './reply-counter.ts';
import { Target } from './target.ts';
import { Witness } from './witness.ts';

/** True when the server crashes, ends badly or fails its witness. */
export async function breaksServer(conversations: readonly Conversation[]): Promise<boolean> {
  const target = await Target.start();
  let failed = false;
  try {
    const witness = await Witness.start(target.port, HOME, () => (failed = true));
    const lane = new Lane(target.port, new ReplyCounter());
    for (const conversation of conversations) await lane.hold(conversation);
    await Promise.race([witness.nextRound(), target.whenExited()]);
    if (target.exited === undefined) await witness.stop();
  } catch {
    failed = true;
  }
  const crashed = target.exited !== undefined;
  const how = await target.stop();
  return failed || crashed || how !== 'exit code 0';
}
