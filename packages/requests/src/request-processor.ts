// The server side of the client protocol for all connections of one server incarnation.

import type { DataTree } from '@zebu/datatree';
import type { ConnectionView, Logger, ManagementView } from '@zebu/interfaces';
import type { Millis, ServerId, TouchedSession } from '@zebu/protocol';
import type { SessionIdGenerator } from '@zebu/sessions';
import type { RequestEffect, RequestInput } from './request-messages.ts';

export interface RequestProcessorOptions {
  readonly tree: DataTree;
  readonly serverId: ServerId;
  readonly sessionIds: SessionIdGenerator;
  readonly minSessionTimeoutMs: Millis;
  readonly maxSessionTimeoutMs: Millis;
  /** Outstanding requests at which reading from a connection pauses; it resumes at half. Default 1000. */
  readonly maxOutstandingPerConnection?: number;
  readonly logger: Logger;
}

export declare class RequestProcessor {
  constructor(options: RequestProcessorOptions);
  step(input: RequestInput, now: Millis): RequestEffect[];
  /** Sessions heard from since the last call, for PING and for the leader's own tracker. */
  takeTouchedSessions(): TouchedSession[];
  connectionViews(): ConnectionView[];
  readonly connectionCount: number;
  readonly outstandingCount: number;
  readonly packetsReceivedCount: number;
  readonly packetsSentCount: number;
  readonly latencyMs: ManagementView['latencyMs'];
}
