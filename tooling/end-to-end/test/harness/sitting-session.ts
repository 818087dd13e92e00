// A session that sits through what happens to its servers, and has an ephemeral znode to show for it.

import { type Client, CreateMode, createClient, type SessionEvent } from '@zebu/client';
import { expect } from 'vitest';

export class SittingSession {
  readonly client: Client;
  readonly events: SessionEvent['type'][] = [];
  readonly #path: string;
  #id = 0n;

  private constructor(connectString: string, path: string) {
    this.#path = path;
    this.client = createClient({ connectionString: connectString, sessionTimeoutMs: 8000, connectTimeoutMs: 1000 });
    this.client.onSessionEvent((event) => this.events.push(event.type));
  }

  static async open(connectString: string, path: string): Promise<SittingSession> {
    const session = new SittingSession(connectString, path);
    await session.client.create(path, 'here', { mode: CreateMode.EPHEMERAL });
    session.#id = session.client.sessionId;
    return session;
  }

  /** The same session, and its znode is there. */
  async expectAlive(): Promise<void> {
    const stat = await this.client.exists(this.#path);
    expect(stat?.ephemeralOwner).toBe(this.#id);
    expect(this.client.sessionId).toBe(this.#id);
    expect(this.events).not.toContain('expired');
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
