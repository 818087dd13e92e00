// The files of a changed ensemble, both ways: Apache ZooKeeper starts on what Zebu wrote, changes the ensemble, and Zebu starts on that.

import { apacheRelease } from '@zebu/conformance/apache';
import type { Client } from '@zebu/client';
import { afterEach, describe, expect, it } from 'vitest';
import { ChangingEnsemble } from '../harness/changing-ensemble.ts';
import { listTree } from '../harness/tree-listing.ts';
import { WriteLoad } from '../harness/write-load.ts';

const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const MAIN = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';

/** Nine starts of a JVM. */
const LIMIT_MS = 300_000;

let ensemble: ChangingEnsemble | undefined;
afterEach(({ task }) => ensemble?.dispose(task.result?.state === 'fail'));

describe.each(['3.8', '3.9'] as const)('Apache ZooKeeper %s', async (line) => {
  const release = await apacheRelease(line);
  if (typeof release === 'string') {
    it.skip(`starts on what Zebu wrote: ${release}`);
    return;
  }
  const apache = ['java', ...JVM, '-cp', release.classPath, MAIN] as const;

  it(
    'starts on what Zebu wrote, changes the ensemble, and Zebu starts on that',
    async () => {
      const changing = await ChangingEnsemble.create({ servers: 5 });
      ensemble = changing;
      await changing.start(1, 2, 3);
      const load = new WriteLoad(changing.addresses(2, 3), '/load', 2);
      await load.acknowledgedMore(100);
      changing.add(4, [1, 2, 3]).start();
      await changing.server(4).serving();
      const byZebu = await changedBy(changing, [2, 3], { joining: [changing.line(4)], leaving: [1] });
      await changing.agreeOn([2, 3, 4]);
      await load.stop();
      const tree = await listTree(changing.server(2).address);
      await changing.stop();

      await startAll(changing, [2, 3, 4], apache);
      expect(await configText(changing, [2, 3, 4])).toBe(byZebu);
      expect(await listTree(changing.server(4).address)).toEqual(tree);
      changing.add(5, [2, 3, 4]).start(apache);
      await changing.server(5).serving();
      const byApache = await changedBy(changing, [3, 4], { joining: [changing.line(5)], leaving: [2] });
      await changing.agreeOn([3, 4, 5]);
      await changing.stop();

      await startAll(changing, [3, 4, 5]);
      await changing.agreeOn([3, 4, 5]);
      expect(await configText(changing, [3, 4, 5])).toBe(byApache);
      expect(await listTree(changing.server(5).address)).toEqual(tree);
      const last = await changedBy(changing, [3, 4, 5], { joining: [changing.line(5, { role: 'observer' })] });
      expect(last).toContain(changing.line(5, { role: 'observer' }));
    },
    LIMIT_MS,
  );
});

async function startAll(changing: ChangingEnsemble, ids: readonly number[], program?: readonly [string, ...string[]]) {
  for (const id of ids) changing.server(id).start(program);
  await Promise.all(ids.map((id) => changing.server(id).serving()));
}

/** Answers the text of the new configuration. */
async function changedBy(
  changing: ChangingEnsemble,
  ids: readonly number[],
  change: Parameters<Client['reconfig']>[0],
): Promise<string> {
  const operator = await changing.operator(...ids);
  try {
    return (await operator.reconfig(change)).text;
  } finally {
    await operator.close();
  }
}

async function configText(changing: ChangingEnsemble, ids: readonly number[]): Promise<string> {
  const operator = await changing.operator(...ids);
  try {
    return (await operator.getConfig()).text;
  } finally {
    await operator.close();
  }
}
