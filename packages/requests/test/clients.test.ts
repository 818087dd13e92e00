import type { ConnectionId } from '@zebu/interfaces';
import type { SessionId } from '@zebu/protocol';
import { OpCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import type { ClientConnection } from '../src/client-connection.ts';
import { Clients } from '../src/clients.ts';
import { Outbox } from '../src/outbox.ts';
import { PendingRequest } from '../src/pending-request.ts';
import { DEFAULT_REQUEST_LIMITS, RequestLoad } from '../src/request-limits.ts';

const SESSION = 5n as SessionId;

function attached() {
  const load = new RequestLoad(DEFAULT_REQUEST_LIMITS);
  const clients = new Clients(new Outbox(load), load, () => undefined);
  clients.connect(1 as ConnectionId, '127.0.0.1:1', [], 0);
  const connection = clients.connection(1 as ConnectionId) as ClientConnection;
  return { clients, connection, session: clients.attach(connection, SESSION, 4000) };
}

describe('what is remembered of a session', () => {
  it('is nothing once its connection is gone and no commit can come', () => {
    const { clients, connection } = attached();
    expect(clients.session(SESSION)).toBeDefined();
    clients.forget(connection);
    expect(clients.session(SESSION)).toBeUndefined();
  });

  it('are its submitted writes, until they are committed', () => {
    const { clients, connection, session } = attached();
    const payload = new Uint8Array(3);
    const write = (xid: number, submitted: boolean) => {
      const fields = { kind: 'write', xid, type: OpCode.DELETE, payload, receivedAt: 0 } as const;
      const request = new PendingRequest(connection, fields);
      request.submitted = submitted;
      clients.enqueue(session, request);
      return request;
    };
    const submitted = write(1, true);
    write(2, false);
    expect(clients.outstandingCount).toBe(2);
    clients.forget(connection);
    expect(clients.outstandingCount).toBe(0);
    expect(clients.session(SESSION)).toBe(session);
    expect(session.head).toBe(submitted);
    expect(submitted.next).toBeUndefined();
    expect(submitted.payload.length).toBe(0); // its bytes need not stay
    expect(clients.dequeue(session, submitted)).toBe(false);
    clients.forgetIfDone(session);
    expect(clients.session(SESSION)).toBeUndefined();
  });
});
