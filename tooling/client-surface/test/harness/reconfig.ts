// Changes of an ensemble, by servers that listen nowhere: nobody has to start them.

import type { Request } from '@zebu/conformance/raw';

type Reconfig = Extract<Request, { op: 'reconfig' }>;

/** `super:secret` may change the ensemble. */
export const RECONFIG: readonly string[] = [
  'reconfigEnabled=true',
  'DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=',
];

export const observer = (id: number): string => `server.${id}=127.0.0.1:${id}1:${id}2:observer;127.0.0.1:${id}3`;

export const reconfig = (change: Partial<Reconfig>): Reconfig => ({
  op: 'reconfig',
  joiningServers: null,
  leavingServers: null,
  newMembers: null,
  curConfigId: -1n,
  ...change,
});
