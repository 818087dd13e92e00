// Who a client is. Providers prove identities and compare them with ACLs; they are asked in the midst of a step, so they answer
// at once, and an answer depends on nothing but the question (ZooKeeper's AuthenticationProvider, ProviderRegistry, SaslServer).

/** `scheme:id` of someone proven, as `digest:ann:hash=` or `ip:10.0.0.1`. `super:` may do everything. */
export type Identity = string;

export type AuthenticationResult =
  | { readonly type: 'proven'; readonly identities: readonly Identity[] }
  /** The client hears AUTHFAILED and is disconnected, which most clients take for the end. */
  | { readonly type: 'failed' }
  /** The client is disconnected without a word, so that it tries another server. */
  | { readonly type: 'disconnect' };

/** One scheme. No call throws, whatever the bytes or strings; none of them may end up in a log. */
export interface AuthenticationProvider {
  /** Without a colon. */
  readonly scheme: string;
  /** Its identities say who created a znode: the ACL scheme `auth` stands for them. An address does not. */
  readonly isAuthenticated: boolean;
  /** The proof is that of an auth packet, null when it has none, and the receiver's until the call returns. */
  authenticate(proof: Uint8Array | null, client: AuthenticatingClient): AuthenticationResult;
  /** Whether the id may stand in an ACL. */
  isValid(id: string): boolean;
  /** Whether the proven id is one that the id of an ACL stands for. */
  matches(id: string, aclExpression: string): boolean;
  /** What may be shown of the id: no secret, and nothing derived from one. */
  userNameOf(id: string): string;
}

export interface AuthenticatingClient {
  /** The address without a port. */
  readonly host: string;
  /** What it has proven so far. */
  readonly identities: readonly Identity[];
}

/** The server side of one SASL exchange; ends with `complete` or `failed`. No call throws. */
export interface SaslServer {
  /** The response is the receiver's until the call returns; an empty one opens the exchange. */
  evaluate(response: Uint8Array): SaslStep;
}

export type SaslStep =
  | { readonly type: 'challenge'; readonly token: Uint8Array }
  | { readonly type: 'complete'; readonly token: Uint8Array; readonly authorizationId: string }
  /** The reason names no secret. */
  | { readonly type: 'failed'; readonly reason: string };

export interface SaslServerFactory {
  createSaslServer(): SaslServer;
}

/** The client side, as servers are to each other; ends with `complete` or `failed`. No call throws. */
export interface SaslClient {
  /** What opens the exchange. */
  begin(): Uint8Array;
  /** The challenge is the receiver's until the call returns. */
  evaluate(challenge: Uint8Array): SaslClientStep;
}

export type SaslClientStep =
  | { readonly type: 'response'; readonly token: Uint8Array }
  /** The server knows who this is, and has proven in turn that it knows the secret. */
  | { readonly type: 'complete' }
  /** The reason names no secret. */
  | { readonly type: 'failed'; readonly reason: string };

export interface SaslClientFactory {
  createSaslClient(): SaslClient;
}

/** All that a server knows of authentication. */
export interface Authentication {
  /** By scheme. `world` and `auth` need none, and `super` is in no ACL. */
  readonly providers: ReadonlyMap<string, AuthenticationProvider>;
  /** Undefined: SASL requests are answered with an empty token, and prove nothing. */
  readonly saslServers?: SaslServerFactory;
  /** Authorization ids that are `super:` too. */
  readonly saslSuperUsers?: ReadonlySet<string>;
  /** A client with an identity of none of these schemes may only authenticate. Empty: everyone is served. */
  readonly enforcedSchemes?: ReadonlySet<string>;
  /** A client whose SASL exchange failed stays connected, unless `sasl` is enforced. */
  readonly allowSaslFailedClients?: boolean;
}
