// What the port counts of its connections, for `mntr` (ServerMetrics, ServerStats).

export class PortStatistics {
  wordCount = 0;
  answeredWordCount = 0;
  rejectedCount = 0;
  expiredStrangerCount = 0;
  receivedBytes = 0;
  failedHandshakeCount = 0;
  exceededHandshakeCount = 0;
  refusedIdentityCount = 0;
  plainRemoteCount = 0;
  plainLocalCount = 0;
  /** A gauge: it lives on when the counters are reset. */
  outstandingHandshakeCount = 0;

  countPlain(host: string): void {
    if (isLoopback(host)) this.plainLocalCount++;
    else this.plainRemoteCount++;
  }

  /** Under ZooKeeper's names. */
  metrics(): (readonly [name: string, value: number])[] {
    return [
      ['outstanding_tls_handshake', this.outstandingHandshakeCount],
      ['auth_failed_count', this.failedHandshakeCount + this.refusedIdentityCount],
      ['non_mtls_remote_conn_count', this.plainRemoteCount],
      ['non_mtls_local_conn_count', this.plainLocalCount],
      ['connection_rejected', this.rejectedCount],
      ['sessionless_connections_expired', this.expiredStrangerCount],
      ['bytes_received_count', this.receivedBytes],
      ['unsuccessful_handshake', this.failedHandshakeCount],
      ['tls_handshake_exceeded', this.exceededHandshakeCount],
    ];
  }

  /** As ServerStats.reset does, which leaves its own three alone. */
  reset(): void {
    this.wordCount = this.answeredWordCount = 0;
    this.rejectedCount = this.expiredStrangerCount = this.receivedBytes = 0;
    this.failedHandshakeCount = this.exceededHandshakeCount = 0;
  }
}

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');
