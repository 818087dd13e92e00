// Carries notifications between the servers of an ensemble (ZooKeeper's QuorumCnxManager).

import type { Ensemble, Notification, ServerId } from '@zebu/protocol';

export interface ElectionTransportHandler {
  /** In the sender's order. Never called after close() resolved, never re-entrantly from send(). */
  onNotification(from: ServerId, notification: Notification): void;
  onLinkUp(peer: ServerId): void;
  onLinkDown(peer: ServerId): void;
}

export interface ElectionTransport {
  /** Listens and begins to dial the other servers, and goes on dialling with back-off; rejects with TransportListenError when its own port cannot be had. */
  start(handler: ElectionTransportHandler): Promise<void>;
  /** Never waits or throws for an absent peer. Only the newest notification to a peer is kept while it is unreachable. A send to oneself is delivered too. */
  send(to: ServerId, notification: Notification): void;
  /**
   * Servers to dial from now on; links to those that left are closed. A server outside the ensemble is linked for as long as its own dial lasts (it
   * is about to join, or has left), and no more of such at a time than a limit. An own address that changed is listened on without a restart.
   */
  setEnsemble(ensemble: Ensemble): void;
  /** Once resolved, the handler is not called again. Safe to call twice. */
  close(): Promise<void>;
}
