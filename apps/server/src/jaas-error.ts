// What is wrong with the JAAS file is a mistake in the configuration.

import { LoginConfigurationError } from '@zebu/authentication';
import type { ServerConfig } from '@zebu/config';
import { keyError } from './key-error.ts';

/** Any other error stays what it is. */
export const jaasError = (config: ServerConfig, error: unknown): unknown =>
  error instanceof LoginConfigurationError
    ? keyError(config, 'java.security.auth.login.config', {
        problem: error.message,
        remedy: 'correct the file, or name another one',
      })
    : error;
