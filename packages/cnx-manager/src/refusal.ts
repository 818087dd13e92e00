// Why a server turns a connection down, as a WebSocket close code (4000-4999 are an application's own) and a sentence for both logs.

export const CloseCode = {
  NORMAL: 1000,
  WRONG_VERSION: 4001,
  UNKNOWN_SERVER: 4002,
  WRONG_CLUSTER: 4003,
  /** The server that answers is not the one that was dialled. */
  WRONG_SERVER: 4004,
  BAD_FRAME: 4005,
  /** Another connection between the two servers stays; no fault of either. */
  SUPERSEDED: 4006,
  /** A snapshot stream for a link that is down. */
  UNKNOWN_LINK: 4007,
  STREAM_BROKEN: 4008,
  /** As many servers that are not in the server list are connected as may be. */
  TOO_MANY_UNLISTED: 4009,
  WRONG_ELECTION_MODULE: 4010,
  /** SASL is asked for and failed, is not there, or is off. */
  NOT_AUTHENTICATED: 4011,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

export interface Refusal {
  readonly code: CloseCode;
  readonly reason: string;
}

/** WebSocket allows 123 bytes of reason; ours may carry foreign text. */
export const closeReason = (reason: string): string => reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 123);
