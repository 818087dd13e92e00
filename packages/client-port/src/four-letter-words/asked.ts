// What an answer is made of.

import type { FourLetterWordRequest, ManagementView } from '@zebu/interfaces';
import type { FourLetterWordFacts } from './facts.ts';

export interface Asked {
  readonly request: FourLetterWordRequest;
  /** Of a server that serves. */
  readonly view: ManagementView;
  readonly facts: FourLetterWordFacts;
}

/** All connections of the port, also those that have asked for no session: this one is among them. */
export const connectionCount = ({ request, view }: Asked): number => view.connectionCount + request.port.strangerCount;

export const receivedCount = ({ request, view }: Asked): number => view.packetsReceivedCount + request.port.wordCount;

export const sentCount = ({ request, view }: Asked): number => view.packetsSentCount + request.port.answeredWordCount;
