// A server without a client port votes, follows and leads; nobody connects to it.

import type { ClientTransport } from '@zebu/interfaces';

export const noClientTransport: ClientTransport = {
  start: () => Promise.resolve(),
  send: () => {},
  pauseReading: () => {},
  resumeReading: () => {},
  awaitDrain: () => {},
  closeConnection: () => {},
  close: () => Promise.resolve(),
};
