// Apache ZooKeeper's own shell changes an ensemble.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../clients/run.ts';
import { ChangingEnsemble, SUPER } from '../harness/changing-ensemble.ts';

const ZK_CLI = '/usr/share/zookeeper/bin/zkCli.sh';

let ensemble: ChangingEnsemble;
beforeEach(async () => {
  ensemble = await ChangingEnsemble.create({ servers: 5 });
  await ensemble.start(1, 2, 3);
});
afterEach(({ task }) => ensemble.dispose(task.result?.state === 'fail'));

async function cli(...commands: readonly string[]): Promise<string> {
  const script = [`addauth digest ${SUPER}`, ...commands, 'quit'];
  const { output } = await run(ZK_CLI, ['-server', ensemble.addresses(1, 2)], `${script.join('\n')}\n`);
  return output;
}

it('reconfig -add and -remove, config, and what is refused', async () => {
  for (const id of [4, 5]) ensemble.add(id, [1, 2, 3]).start();
  await Promise.all([4, 5].map((id) => ensemble.server(id).serving()));
  const added = await cli(`reconfig -add ${ensemble.line(4)},${ensemble.line(5)}`, 'config');
  expect(added).toContain('Committed new configuration:');
  for (const id of [1, 2, 3, 4, 5]) expect(added).toContain(ensemble.line(id));
  expect(added).toMatch(/^version=1000000[0-9a-f]+$/m);
  await ensemble.agreeOn([1, 2, 3, 4, 5]);

  const removed = await cli('reconfig -remove 4,5', 'config -c', 'reconfig -v 1 -remove 3', 'reconfig -remove 1,2');
  expect(removed).toContain('Committed new configuration:');
  expect(removed).toContain('version No is not valid');
  expect(removed).toContain('Arguments are not valid');
  await ensemble.agreeOn([1, 2, 3]);
});

it('reconfig -file and -members', async () => {
  ensemble.add(4, [1, 2, 3]).start();
  await ensemble.server(4).serving();
  const file = join(ensemble.directory, 'members');
  writeFileSync(file, [1, 2, 3, 4].map((id) => `${ensemble.line(id)}\n`).join(''));
  expect(await cli(`reconfig -file ${file}`)).toContain('Committed new configuration:');
  await ensemble.agreeOn([1, 2, 3, 4]);
  const members = [1, 2, 3].map((id) => ensemble.line(id)).join(',');
  expect(await cli(`reconfig -members ${members}`)).toContain('Committed new configuration:');
  await ensemble.agreeOn([1, 2, 3]);
});

it('a client without the right is refused', async () => {
  const { output } = await run(
    ZK_CLI,
    ['-server', ensemble.addresses(1)],
    'reconfig -add ' + ensemble.line(4) + '\nquit\n',
  );
  expect(output).toMatch(/Authentication is not valid|NoAuth|Insufficient permission/);
  await ensemble.agreeOn([1, 2, 3]);
});
