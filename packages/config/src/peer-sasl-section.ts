// What the configuration says of SASL between servers, with the checks of QuorumPeerConfig.parseProperties. What is in the JAAS file shows when it is read.

import type { PeerSaslConfig } from './server-config.ts';
import type { Settings } from './settings.ts';

const JAAS_FILE = 'java.security.auth.login.config';
const ENABLE = 'quorum.auth.enableSasl';
const LEARNER_REQUIRES = 'quorum.auth.learnerRequireSasl';
const SERVER_REQUIRES = 'quorum.auth.serverRequireSasl';

/** Undefined when it is off. */
export function peerSaslConfig(settings: Settings): PeerSaslConfig | undefined {
  refuseWithout(settings, LEARNER_REQUIRES, ENABLE);
  refuseWithout(settings, SERVER_REQUIRES, ENABLE);
  // A server that asks for what it does not do itself could join no ensemble of its like.
  refuseWithout(settings, SERVER_REQUIRES, LEARNER_REQUIRES);
  if (!settings.flag(ENABLE)) return undefined;
  return {
    file: jaasFile(settings),
    serverSection: settings.text('quorum.auth.server.saslLoginContext'),
    learnerSection: settings.text('quorum.auth.learner.saslLoginContext'),
    provesItself: settings.flag(LEARNER_REQUIRES),
    requiresProof: settings.flag(SERVER_REQUIRES),
  };
}

function refuseWithout(settings: Settings, key: string, needed: string): void {
  if (!settings.flag(key) || settings.flag(needed)) return;
  throw settings.error(key, `is nothing without ${needed}`, `add ${needed}=true, on every server before this one`);
}

function jaasFile(settings: Settings): string {
  const file = settings.optionalText(JAAS_FILE);
  if (file !== undefined) return file;
  throw settings.error(
    ENABLE,
    'no server could log in: no JAAS file is named',
    `add ${JAAS_FILE}=/path/to/jaas.conf, which ZooKeeper takes as a property of the JVM`,
  );
}

/** A step that was not followed by the next protects nothing. */
export const peerSaslRemarks = (settings: Settings): readonly (readonly [boolean, string])[] => [
  [
    settings.flag(ENABLE) && !settings.flag(SERVER_REQUIRES),
    `${SERVER_REQUIRES} is off: servers that prove nothing are taken, too; turn it on once all have ${LEARNER_REQUIRES}`,
  ],
];
