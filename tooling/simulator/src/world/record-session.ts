// Writes down what becomes of a client's session, as far as the client knows.

import type { Client } from '@zebu/client';
import type { ServerAddress, ServerId, SessionId } from '@zebu/protocol';
import type { ClientFact } from '../history/event.ts';

export interface SessionRecorder {
  /** Which server this is the address of. */
  serverAt(address: ServerAddress): ServerId;
  record(fact: ClientFact): void;
}

export function recordSession(client: Client, recorder: SessionRecorder): void {
  let sessionId: SessionId = client.sessionId;
  client.onSessionEvent((event) => {
    if (event.type === 'connected') {
      const { timeoutMs, reattached, server } = event;
      sessionId = event.sessionId;
      recorder.record({
        type: 'sessionConnected',
        server: recorder.serverAt(server),
        sessionId,
        timeoutMs,
        reattached,
      });
    } else if (event.type === 'disconnected') {
      recorder.record({ type: 'sessionDisconnected', sessionId });
    } else {
      recorder.record({ type: event.type === 'expired' ? 'sessionExpired' : 'sessionClosed', sessionId });
    }
  });
}
