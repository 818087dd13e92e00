// The body of a committed write's reply (ZooKeeper's FinalRequestProcessor).

import type { OperationOutcome, TxnOutcome } from '@zebu/datatree';
import { decodeMultiRequest, encodeMultiHeader, JuteReader, type JuteWriter } from '@zebu/jute';
import { assert, ErrorCode, OpCode, STAT_BYTES } from '@zebu/protocol';
import type { ServedTree } from './tree-views.ts';

/** What the answer depends on besides the outcome. */
export interface AnsweredRequest {
  readonly type: number;
  /** The request's record. */
  readonly payload: Uint8Array;
}

/** The session is served by another server. */
export const hasMoved = (outcome: TxnOutcome): boolean =>
  outcome.error === ErrorCode.SESSIONMOVED ||
  outcome.operations?.some((operation) => operation.error === ErrorCode.SESSIONMOVED) === true;

/** Appends the body, if any, and says what error the header carries. */
export function writeOutcome(
  out: JuteWriter,
  request: AnsweredRequest,
  outcome: TxnOutcome,
  tree: Pick<ServedTree, 'getData'>,
): ErrorCode {
  if (request.type === OpCode.MULTI && outcome.operations !== undefined) {
    // Also for a multi that failed: its results tell, its header does not.
    writeMultiResponse(out, request, outcome.operations);
    return ErrorCode.OK;
  }
  // The configuration as it is now, and its Stat.
  if (request.type === OpCode.RECONFIG && outcome.error === ErrorCode.OK) return tree.getData(pathOf(outcome), out);
  if (outcome.error === ErrorCode.OK) writeResult(out, request.type, outcome);
  return outcome.error;
}

function writeMultiResponse(out: JuteWriter, request: AnsweredRequest, operations: readonly OperationOutcome[]): void {
  // The txn says create for a create2; only the request still knows.
  const asked = operations.some(({ type }) => type === OpCode.CREATE)
    ? decodeMultiRequest(new JuteReader(request.payload))
    : [];
  for (const [index, operation] of operations.entries()) {
    const type = resultType(operation.type, asked[index]?.type === 'create2');
    const failed = type === OpCode.ERROR;
    encodeMultiHeader(out, { type, done: false, error: failed ? operation.error : ErrorCode.OK });
    if (failed) out.writeInt(operation.error);
    else writeResult(out, type, operation);
  }
  encodeMultiHeader(out, { type: -1, done: true, error: -1 });
}

/** OpResult.CreateResult is of two types: with the Stat, and without. */
function resultType(type: number, askedWithStat: boolean): number {
  const hasStat = type === OpCode.CREATE_CONTAINER || type === OpCode.CREATE_TTL;
  return hasStat || (type === OpCode.CREATE && askedWithStat) ? OpCode.CREATE2 : type;
}

function writeResult(out: JuteWriter, type: number, outcome: OperationOutcome): void {
  switch (type) {
    case OpCode.CREATE:
      return out.writeString(pathOf(outcome));
    case OpCode.CREATE2:
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
      out.writeString(pathOf(outcome));
      return out.writeRaw(statOf(outcome));
    case OpCode.SET_DATA:
    case OpCode.SET_ACL:
      return out.writeRaw(statOf(outcome));
    default:
      // delete, check and closeSession say no more than that they happened.
      return;
  }
}

function pathOf(outcome: OperationOutcome): string {
  assert(outcome.path !== undefined, 'a creation has a path');
  return outcome.path;
}

function statOf(outcome: OperationOutcome): Uint8Array {
  assert(outcome.stat?.length === STAT_BYTES, 'a change of a znode has its Stat');
  return outcome.stat;
}
