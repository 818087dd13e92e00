// What is answered to reconfig (PrepRequestProcessor, reconfig). A request that passes every check is still refused: changing
// the ensemble is not in this release.

import type { ReconfigRequest } from '@zebu/jute';
import { assert, ErrorCode, Permission } from '@zebu/protocol';
import type { PrepContext, PrepDependencies } from './prep-context.ts';
import type { PrepOptions } from './prep-options.ts';
import { checkReconfigArguments } from './reconfig-arguments.ts';

const CONFIG_PATH = '/zookeeper/config';
const ANY_VERSION = -1n;

export class ReconfigPreparer {
  readonly #dependencies: PrepDependencies;
  readonly #reconfigEnabled: boolean;
  readonly #configVersion: bigint | undefined;

  constructor(dependencies: PrepDependencies, { reconfigEnabled }: PrepOptions, configVersion: bigint | undefined) {
    this.#dependencies = dependencies;
    this.#reconfigEnabled = reconfigEnabled;
    this.#configVersion = configVersion;
  }

  prepare(request: ReconfigRequest, context: PrepContext): ErrorCode {
    const { overlay, sessions, access } = this.#dependencies;
    const configVersion = this.#configVersion;
    if (!this.#reconfigEnabled) return ErrorCode.RECONFIGDISABLED;
    const refused = sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    if (configVersion === undefined) return ErrorCode.UNIMPLEMENTED;
    const expected = request.currentConfigId;
    if (expected !== ANY_VERSION && expected !== configVersion) return ErrorCode.BADVERSION;
    const misunderstood = checkReconfigArguments(request);
    if (misunderstood !== ErrorCode.OK) return misunderstood;
    const config = overlay.find(CONFIG_PATH);
    assert(config !== undefined, 'every tree has the znode of the configuration');
    if (!access.isPermitted(config.acl, Permission.WRITE, context.identities)) return ErrorCode.NOAUTH;
    return ErrorCode.UNIMPLEMENTED;
  }
}
