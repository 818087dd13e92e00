// `zebu-server reconfig --dry-run` says what the leader then does.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChangingEnsemble } from '../harness/changing-ensemble.ts';

const MAIN = fileURLToPath(new URL('../../../../apps/server/dist/main.js', import.meta.url));

let ensemble: ChangingEnsemble;
beforeEach(async () => {
  ensemble = await ChangingEnsemble.create({ servers: 5 });
  await ensemble.start(1, 2, 3);
});
afterEach(({ task }) => ensemble.dispose(task.result?.state === 'fail'));

/** Beside this process, whose client goes on meanwhile. */
function command(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, 'reconfig', ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, said: `${stdout}${stderr}` }),
    );
  });
}

const plan = (...args: readonly string[]): ReturnType<typeof command> =>
  command('--dry-run', '--connect', ensemble.addresses(1, 2, 3), ...args);

it('says who joins and leaves, what is tolerated, and whether it would be refused; and it is so', async () => {
  const operator = await ensemble.operator(1, 2, 3);
  const { version } = await operator.getConfig();
  const leader = (await ensemble.leaderOf(1, 2, 3)).id;

  const joins = await plan('--add', ensemble.line(4));
  expect(joins.said).toMatch(/^ {2}joins: 4$/m);
  expect(joins.said).toMatch(/^ {2}leaves: nobody$/m);
  expect(joins.said).toMatch(/^ {2}tolerates 1 lost voters, where it now tolerates 1$/m);
  expect(joins.said).toMatch(/^ {2}not in sync, or not answering: voters 4$/m);
  expect(joins.said).toContain('It would be accepted now.');
  expect(joins.code).toBe(0);

  const leaves = await plan('--remove', String(leader));
  expect(leaves.said).toMatch(new RegExp(`^ {2}leaves: ${leader}$`, 'm'));
  expect(leaves.said).toContain('it hands over once the change is committed');

  const members = join(ensemble.directory, 'members');
  writeFileSync(members, `${[1, 4, 5].map((id) => ensemble.line(id)).join('\n')}\n`);
  const refused = await plan('--members', members);
  expect(refused.said).toContain('It would be REFUSED now: NEWCONFIGNOQUORUM');
  expect(refused.code).toBe(1);
  await expect(operator.reconfig({ members: [1, 4, 5].map((id) => ensemble.line(id)) })).rejects.toMatchObject({
    code: 'NEWCONFIGNOQUORUM',
  });

  const garbled = await plan('--add', 'server.4=nowhere');
  expect(garbled.said).toContain('It would be REFUSED now: BADARGUMENTS');
  expect((await operator.getConfig()).version).toBe(version);
  await operator.reconfig({ joining: [ensemble.line(4)] });
  await operator.close();
});

it('without --dry-run, or with half a change, is told what it takes', async () => {
  const bare = await command('--add', 'x');
  expect(bare.said).toMatch(/^Usage: zebu-server reconfig --dry-run/);
  expect(bare.code).toBe(2);
  expect((await plan()).code).toBe(2);
  expect((await plan('--help')).code).toBe(0);
});
