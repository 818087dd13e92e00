// Keys and certificates as the configuration names them; what is wrong with them is a mistake in the configuration.

import { ConfigError, type ServerConfig } from '@zebu/config';
import type { Logger } from '@zebu/interfaces';
import { createTlsIdentity, TlsConfigurationError, type TlsIdentity, type TlsSettings } from '@zebu/tls';
import { systemClock } from './system-clock.ts';

/** Throws ConfigError. */
export function readIdentity({ file, lines }: ServerConfig, settings: TlsSettings, logger: Logger): TlsIdentity {
  try {
    return createTlsIdentity({ clock: systemClock, logger }, settings);
  } catch (error) {
    if (!(error instanceof TlsConfigurationError)) throw error;
    const { key, value, problem, remedy } = error;
    throw new ConfigError({ file, line: lines.get(key), key, value, problem, remedy }, { cause: error });
  }
}
