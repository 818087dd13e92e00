// What a server without a word on authentication in its configuration has.

import { createDigestProvider, ipProvider } from '@zebu/authentication';
import type { Authentication } from '@zebu/interfaces';

export const testAuthentication: Authentication = {
  providers: new Map([createDigestProvider(), ipProvider].map((provider) => [provider.scheme, provider])),
};
