// Requests as frames, and replies as plain values.

import { type Codec, encode, int, JuteReader, JuteWriter, record } from './jute.ts';
import { readResults, writeOps } from './multi.ts';
import { operations, type PlainRequest } from './operations.ts';
import { replyHeader } from './records.ts';

export type Request =
  | PlainRequest
  | { readonly op: 'multi'; readonly ops: readonly PlainRequest[] }
  | { readonly op: 'multiRead'; readonly ops: readonly PlainRequest[] }
  /** Any bytes after the header: malformed records and unknown types. */
  | { readonly op: 'raw'; readonly type: number; readonly body: string };
export type RequestName = Request['op'];

export const MULTI = 14;
export const MULTI_READ = 22;

export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
  /** What follows the header, decoded; absent when nothing follows. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** In hex, what follows the header and is not what the operation's reply looks like, or comes after it. */
  readonly undecoded?: string;
}

const requestHeader = record({ xid: int, type: int });

export function requestCode(request: Request): number {
  if (request.op === 'multi') return MULTI;
  if (request.op === 'multiRead') return MULTI_READ;
  return request.op === 'raw' ? request.type : operations[request.op].code;
}

/** Header and record, without the frame's length. */
export function encodeRequest(xid: number, request: Request): Buffer {
  const output = new JuteWriter();
  requestHeader.write(output, { xid, type: requestCode(request) });
  if (request.op === 'multi' || request.op === 'multiRead') writeOps(output, request.ops);
  else if (request.op !== 'raw') (operations[request.op].request as Codec<unknown>).write(output, request);
  return request.op === 'raw' ? Buffer.concat([output.finish(), Buffer.from(request.body, 'latin1')]) : output.finish();
}

/** `request` says how to read what follows the header; undefined for a reply to nothing known. */
export function decodeReply(frame: Buffer, request: Request | undefined): Reply {
  const header = replyHeader.read(new JuteReader(frame));
  const payload = frame.subarray(encode(replyHeader, header).length);
  if (payload.length === 0) return header;
  const input = new JuteReader(payload);
  try {
    const body = request === undefined ? undefined : readBody(input, request);
    if (body === undefined) return { ...header, undecoded: payload.toString('hex') };
    if (input.remaining === 0) return { ...header, body };
    return { ...header, body, undecoded: payload.subarray(payload.length - input.remaining).toString('hex') };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...header, undecoded: payload.toString('hex') };
  }
}

function readBody(input: JuteReader, request: Request): Readonly<Record<string, unknown>> | undefined {
  if (request.op === 'raw') return undefined;
  if (request.op === 'multi' || request.op === 'multiRead') return { results: readResults(input) };
  return operations[request.op].reply.read(input);
}
