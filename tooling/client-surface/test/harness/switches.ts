// How a feature is switched off where no key of the configuration does it: by what the proxy does to the conversation.

import {
  type Codec,
  encode,
  encodeRequest,
  JuteReader,
  multiHeader,
  type OperationName,
  operationNamed,
  operations,
  type PlainRequest,
  type RequestOf,
  type WatchEvent,
  watchEvent,
} from '@zebu/conformance/raw';
import { ErrorCode } from '@zebu/protocol';
import type { SeenReply, SeenRequest, Tampering } from './proxy.ts';

const MULTI = 14;
const MULTI_READ = 22;

type Named = OperationName | 'multi' | 'multiRead';
type Body = Readonly<Record<string, unknown>>;

const codeOf = (name: Named): number =>
  name === 'multi' ? MULTI : name === 'multiRead' ? MULTI_READ : operations[name].code;

const REQUEST_HEADER_BYTES = 8;
const NO_BODY = Buffer.alloc(0);
export const answer = (request: SeenRequest, err: number, body: Buffer = NO_BODY): { readonly answer: SeenReply } => ({
  answer: { xid: request.xid, zxid: 0n, err, type: request.type, body },
});

/** The server does not know the operation. */
export const withoutOp = (...names: readonly Named[]): Tampering => {
  const codes = names.map(codeOf);
  return {
    request: (request) => (codes.includes(request.type) ? answer(request, ErrorCode.UNIMPLEMENTED) : undefined),
  };
};

/** The server knows no such error: it says that something is wrong, and not what. */
export const withoutError = (code: number): Tampering => ({
  reply: (reply) => (reply.err === code ? { ...reply, err: ErrorCode.SYSTEMERROR, body: NO_BODY } : undefined),
});

/** Requests of this name reach the server changed, as if it did not understand a part of them. */
export function rewriting<Name extends OperationName>(
  name: Name,
  rewrite: (request: RequestOf<Name>) => Partial<RequestOf<Name>>,
): Tampering {
  const { code, request: codec } = operations[name];
  return {
    request: (request) => {
      if (request.type !== code) return undefined;
      const fields = (codec as Codec<Body>).read(new JuteReader(request.body)) as unknown as RequestOf<Name>;
      return { ...request, body: encode(codec as Codec<Body>, { ...fields, ...rewrite(fields) }) };
    },
  };
}

/** Multis reach the server with other operations in them. */
export const rewritingMulti = (change: (ops: readonly PlainRequest[]) => readonly PlainRequest[]): Tampering => ({
  request: (request) => {
    if (request.type !== MULTI) return undefined;
    const whole = encodeRequest(request.xid, { op: 'multi', ops: change(readOps(new JuteReader(request.body))) });
    return { ...request, body: whole.subarray(REQUEST_HEADER_BYTES) };
  },
});

function readOps(input: JuteReader): PlainRequest[] {
  const ops: PlainRequest[] = [];
  for (let header = multiHeader.read(input); !header.done; header = multiHeader.read(input)) {
    const op = operationNamed(header.type) as OperationName;
    ops.push({ op, ...(operations[op].request as Codec<Body>).read(input) } as PlainRequest);
  }
  return ops;
}

/** The server takes the request and does nothing: it answers this in its place. */
export const answering = (name: OperationName, err: number, body?: Buffer): Tampering => ({
  request: (request) => (request.type === operations[name].code ? answer(request, err, body) : undefined),
});

/** Replies to requests of this name reach the client changed. */
export function rewritingReply(name: OperationName, rewrite: (body: Body) => Body): Tampering {
  const { code, reply: codec } = operations[name];
  return {
    reply: (reply) => {
      if (reply.type !== code || reply.err !== ErrorCode.OK) return undefined;
      const body = (codec as Codec<Body>).read(new JuteReader(reply.body));
      return { ...reply, body: encode(codec as Codec<Body>, { ...body, ...rewrite(body) }) };
    },
  };
}

/** The same in the Stat of a reply. */
export const rewritingStat = (name: OperationName, stat: Body): Tampering =>
  rewritingReply(name, (body) => ({ stat: { ...(body['stat'] as Body), ...stat } }));

const EVENT_XID = -1;

/** Some events never come. */
export const withoutEvents = (isMeant: (event: Omit<WatchEvent, 'zxid'>) => boolean = () => true): Tampering => ({
  reply: (reply) =>
    reply.xid === EVENT_XID && isMeant(watchEvent.read(new JuteReader(reply.body))) ? 'drop' : undefined,
});
