// How every story ends: faults stop, all servers come back and agree, everything acknowledged is there on each of them; then power fails
// everywhere, and from the disks alone it is all there again.

import { lettersOf } from './letters.ts';
import { type Story, StoryError } from './story.ts';

export async function endWell(story: Story): Promise<void> {
  const { world } = story;
  world.history.record({ type: 'phase', phase: 'calm' });
  story.say('faults stop; all servers come back');
  story.releaseAll();
  story.mendAll();
  await startAll(story);
  await story.write('afterwards', { at: world.leader() ?? raise('nobody leads') });
  await agree(story);
  story.losePower(...world.ids);
  await startAll(story);
  world.history.record({ type: 'phase', phase: 'reading' });
  await agree(story);
  world.history.record({ type: 'phase', phase: 'over' });
}

async function startAll(story: Story): Promise<void> {
  const { world } = story;
  const down = world.ids.filter((id) => !world.isUp(id));
  if (down.length > 0) story.start(...down);
  await story.until('somebody leads', () => world.leader() !== undefined);
  await story.serves(...world.ids);
  await story.inStep();
}

async function agree(story: Story): Promise<void> {
  const { world, facts } = story;
  await story.inStep();
  const digests = new Set(world.ids.map((id) => world.view(id)?.treeDigest));
  if (digests.size !== 1) throw new StoryError('the trees of servers in step differ');
  for (const write of story.acknowledgedWrites()) await story.sees(write, ...world.ids);
  if (facts.differences.length > 0) throw new StoryError(facts.differences.join('; '));
  story.say(`${lettersOf(world.ids)} agree, and nothing acknowledged is missing`);
}

function raise(reason: string): never {
  throw new StoryError(reason);
}
