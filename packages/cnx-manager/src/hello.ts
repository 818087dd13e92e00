// The first frame of every connection, both directions: ["zebu", version, port, from, to, cluster name, [details], election module].
// The first two fields never change, so that servers of different releases can still tell each other why they do not connect.

import { type Ensemble, QUORUM_PROTOCOL_VERSION, type ServerId } from '@zebu/protocol';
import { checkedUint32, Fields } from './fields.ts';
import { FrameError } from './frame-error.ts';
import { FrameReader, pack } from './msgpack.ts';
import { CloseCode, type Refusal } from './refusal.ts';

const MAGIC = 'zebu';
const MAX_CLUSTER_NAME_LENGTH = 255;
const MAX_DETAILS = 8;
const MAX_ELECTION_MODULE_LENGTH = 64;

/** What the connection is for. Each has a port, but a snapshot stream arrives where its link did. */
export type Purpose = 'election' | 'quorum' | 'snapshot' | 'observerMaster';
const PURPOSES: readonly Purpose[] = ['election', 'quorum', 'snapshot', 'observerMaster'];

export interface Hello {
  readonly purpose: Purpose;
  readonly from: ServerId;
  /** Whom the sender believes to talk to. */
  readonly to: ServerId;
  /** Empty when none is configured. */
  readonly clusterName: string;
  /** uint32 values that only the purpose knows. */
  readonly details: readonly number[];
  /** By what the sender elects; empty where nobody elects, and when none is configured. */
  readonly electionModule: string;
}

export class WrongVersionError extends FrameError {
  readonly version: number;
  constructor(version: number) {
    super(`protocol version ${version}, this server speaks ${QUORUM_PROTOCOL_VERSION}`);
    this.version = version;
  }
}

export function encodeHello(hello: Hello): Uint8Array {
  const { purpose, from, to, clusterName, details, electionModule } = hello;
  const port = PURPOSES.indexOf(purpose);
  const fields = [port, from, to, clusterName, details.map(checkedUint32), electionModule];
  return pack([MAGIC, QUORUM_PROTOCOL_VERSION, ...fields]);
}

/** Throws WrongVersionError before it looks at anything that another version may have changed. */
export function decodeHello(frame: Uint8Array): Hello {
  const reader = new FrameReader(frame);
  const fields = new Fields('hello', reader.next());
  if (fields.string(MAGIC.length) !== MAGIC) throw new FrameError('hello of another protocol');
  const version = fields.uint32();
  if (version !== QUORUM_PROTOCOL_VERSION) throw new WrongVersionError(version);
  const purpose = PURPOSES[fields.integer(0, PURPOSES.length - 1)] as Purpose;
  const from = fields.uint32() as ServerId;
  const to = fields.uint32() as ServerId;
  const clusterName = fields.string(MAX_CLUSTER_NAME_LENGTH);
  const details = decodeDetails(fields.list());
  const electionModule = fields.string(MAX_ELECTION_MODULE_LENGTH);
  fields.end();
  if (!reader.done) throw new FrameError('hello with bytes behind it');
  return { purpose, from, to, clusterName, details, electionModule };
}

function decodeDetails(values: readonly unknown[]): readonly number[] {
  if (values.length > MAX_DETAILS) throw new FrameError(`hello with ${values.length} details`);
  const fields = new Fields('hello details', values);
  return values.map(() => fields.uint32());
}

export interface HelloContext {
  readonly self: ServerId;
  readonly ensemble: Ensemble;
  readonly clusterName: string;
  readonly electionModule: string;
  readonly purposes: readonly Purpose[];
  /** Takes connections of servers that are not in the ensemble (yet, or any more). */
  readonly admitsUnlisted: boolean;
}

/** Why this server does not take a connection that opened with `hello`; undefined when it does. */
export function refusalOfDialler(hello: Hello, context: HelloContext): Refusal | undefined {
  const { self, ensemble, admitsUnlisted } = context;
  if (hello.from === self) {
    const reason = `server ${self} met another server ${self}: give one of them another myid`;
    return { code: CloseCode.WRONG_SERVER, reason };
  }
  if (hello.to !== self) {
    const reason = `server ${hello.to} was dialled, this is server ${self}: check the server lists and myid`;
    return { code: CloseCode.WRONG_SERVER, reason };
  }
  if (!admitsUnlisted && !ensemble.servers.has(hello.from)) {
    const reason = `server ${hello.from} is not in the server list of server ${self}`;
    return { code: CloseCode.UNKNOWN_SERVER, reason };
  }
  return commonRefusal(hello, context);
}

/** Why this server does not go on with a connection that it dialled to `dialled` and that answered with `hello`. */
export function refusalOfAcceptor(hello: Hello, dialled: ServerId, context: HelloContext): Refusal | undefined {
  if (hello.from !== dialled) {
    const reason = `server ${dialled} was dialled, server ${hello.from} answered: check the server lists and myid`;
    return { code: CloseCode.WRONG_SERVER, reason };
  }
  return commonRefusal(hello, context);
}

function commonRefusal(hello: Hello, context: HelloContext): Refusal | undefined {
  const { self, clusterName, electionModule, purposes } = context;
  // Compared only when both have one, so that a name can be rolled out server by server.
  if (hello.clusterName !== '' && clusterName !== '' && hello.clusterName !== clusterName) {
    const reason = `server ${self} is in cluster ${clusterName}, server ${hello.from} in ${hello.clusterName}`;
    return { code: CloseCode.WRONG_CLUSTER, reason };
  }
  // What one module says means nothing to another, or something else. The quorum port is open all the same: discovery needs no election.
  if (hello.electionModule !== '' && electionModule !== '' && hello.electionModule !== electionModule) {
    const reason = `server ${self} elects by ${electionModule}, server ${hello.from} by ${hello.electionModule}: all need one electionModule`;
    return { code: CloseCode.WRONG_ELECTION_MODULE, reason };
  }
  if (!purposes.includes(hello.purpose)) {
    const reason = `${hello.purpose} connection on the ${purposes[0]} port: check the ports in the server lists`;
    return { code: CloseCode.WRONG_SERVER, reason };
  }
  return undefined;
}

/** A hello that cannot be read is refused too; anything but a FrameError is our own bug and goes up. */
export function refusalOfUnreadable(error: unknown): Refusal {
  if (error instanceof WrongVersionError) return { code: CloseCode.WRONG_VERSION, reason: error.message };
  if (error instanceof FrameError) return { code: CloseCode.BAD_FRAME, reason: error.message };
  throw error;
}
