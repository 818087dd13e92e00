// SASL between real servers: a running ensemble is moved to it and back under load, and who has not the password stays outside.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';
import { fieldsOf, roll, ROLLING_LIMIT_MS } from './rolling.ts';

let ensemble: EnsembleProcesses | undefined;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
  [load, ensemble] = [undefined, undefined];
});

const MODULE = 'org.apache.zookeeper.server.auth.DigestLoginModule required';
const PASSWORD = 'known to servers';

/** A JAAS file in the directory of the ensemble. */
function jaas({ directory }: EnsembleProcesses, name: string, password = PASSWORD): string {
  const file = join(directory, name);
  const users = `QuorumServer { ${MODULE} user_zebu="${password}"; };`;
  writeFileSync(file, `${users}\nQuorumLearner { ${MODULE} username="zebu" password="${password}"; };\n`);
  return file;
}

const login = (file: string) => ({ 'java.security.auth.login.config': file });
const ENABLED = { 'quorum.auth.enableSasl': 'true' };
const PROVING = { 'quorum.auth.learnerRequireSasl': 'true' };
const REQUIRED = { 'quorum.auth.serverRequireSasl': 'true' };
const NOTHING = {
  'quorum.auth.enableSasl': undefined,
  'quorum.auth.learnerRequireSasl': undefined,
  'java.security.auth.login.config': undefined,
};

describe('an ensemble under load', () => {
  it(
    'is moved to SASL and back, server by server, and loses nothing',
    async () => {
      ensemble = await EnsembleProcesses.start();
      load = new WriteLoad(ensemble.connectString, '/load', 4);
      await load.acknowledgedMore(100);

      await roll(ensemble, { ...login(jaas(ensemble, 'jaas.conf')), ...ENABLED }, load);
      for (const server of ensemble.servers) expect(fieldsOf(server, 'sasl')).toEqual(new Set(['none']));
      await roll(ensemble, PROVING, load);
      await roll(ensemble, REQUIRED, load);
      for (const server of ensemble.servers) expect(fieldsOf(server, 'sasl')).not.toContain('none');
      const seen = ensemble.servers.map((server) => fieldsOf(server, 'sasl'));
      expect(new Set(seen.flatMap((each) => [...each]))).toEqual(new Set(['zebu', 'proven']));

      await roll(ensemble, { 'quorum.auth.serverRequireSasl': undefined }, load);
      await roll(ensemble, { 'quorum.auth.learnerRequireSasl': undefined }, load);
      await roll(ensemble, { 'quorum.auth.enableSasl': undefined, 'java.security.auth.login.config': undefined }, load);
      const [first] = ensemble.servers as [ServerProcess];
      expect(fieldsOf(first, 'sasl')).toEqual(new Set(['none']));
      await load.stop();
      await expectNothingLost(ensemble.servers, load);
      for (const server of ensemble.servers) expect(server.log()).not.toContain(PASSWORD);
    },
    ROLLING_LIMIT_MS,
  );
});

describe('an ensemble that requires SASL', () => {
  it.each([
    ['knows no SASL', () => NOTHING, 'SASL: authentication is required'],
    [
      'has another password',
      (running: EnsembleProcesses) => login(jaas(running, 'outsider.conf', 'a guess')),
      'SASL: no such user, or another password',
    ],
  ])('serves without a server that %s, and says why', async (_name, wrong, problem) => {
    ensemble = await EnsembleProcesses.create();
    const right = { ...login(jaas(ensemble, 'jaas.conf')), ...ENABLED, ...PROVING };
    for (const server of ensemble.servers) {
      server.reconfigure(server.id === 3 ? { ...right, ...wrong(ensemble) } : { ...right, ...REQUIRED });
      server.start();
    }
    const [one, two, outsider] = ensemble.servers as [ServerProcess, ServerProcess, ServerProcess];
    await Promise.all([one.serving(), two.serving()]);
    load = new WriteLoad([one.address, two.address].join(','), '/load', 2);
    await load.acknowledgedMore(50);
    await until('both ends to say why', () => one.log().includes(problem) && outsider.log().includes(problem));
    expect(await outsider.mode()).toBeUndefined();
    await outsider.stop();
    await load.acknowledgedMore(50);
    outsider.reconfigure({ ...right, ...REQUIRED });
    outsider.start();
    await outsider.serving();
    await load.stop();
    await expectNothingLost(ensemble.servers, load);
    for (const server of ensemble.servers) expect(server.log()).not.toMatch(/known to servers|a guess/);
  });

  it('does not start without what it is to prove itself by', async () => {
    ensemble = await EnsembleProcesses.create();
    const [server] = ensemble.servers as [ServerProcess];
    const file = join(ensemble.directory, 'jaas.conf');
    for (const [text, problem] of [
      [`QuorumServer { ${MODULE} user_zebu="hunter2"; };`, 'has no section QuorumLearner'],
      ['QuorumServer { com.sun.security.auth.module.Krb5LoginModule required; };', 'names and passwords'],
      [`QuorumServer { ${MODULE} debug=true; };`, 'QuorumServer has no user_NAME'],
    ] as const) {
      writeFileSync(file, text);
      server.reconfigure({ ...login(file), ...ENABLED, ...PROVING });
      server.start();
      expect(await server.exited()).toBe(2);
      expect(server.log()).toContain(problem);
    }
    expect(server.log()).not.toContain('hunter2');
  });
});
