// The body of a committed write's reply (ZooKeeper's FinalRequestProcessor).

import type { OperationOutcome, TxnOutcome } from '@zebu/datatree';
import { encodeMultiHeader, type JuteWriter } from '@zebu/jute';
import { assert, ErrorCode, OpCode, STAT_BYTES } from '@zebu/protocol';

/** The session is served by another server. */
export const hasMoved = (outcome: TxnOutcome): boolean =>
  outcome.error === ErrorCode.SESSIONMOVED ||
  outcome.operations?.some((operation) => operation.error === ErrorCode.SESSIONMOVED) === true;

/** Appends the body, if any, and says what error the header carries. */
export function writeOutcome(out: JuteWriter, type: number, outcome: TxnOutcome): ErrorCode {
  if (type === OpCode.MULTI && outcome.operations !== undefined) {
    // Also for a multi that failed: its results tell, its header does not.
    writeMultiResponse(out, outcome.operations);
    return ErrorCode.OK;
  }
  if (outcome.error === ErrorCode.OK) writeResult(out, type, outcome);
  return outcome.error;
}

function writeMultiResponse(out: JuteWriter, operations: readonly OperationOutcome[]): void {
  for (const operation of operations) {
    const failed = operation.type === OpCode.ERROR;
    encodeMultiHeader(out, { type: operation.type, done: false, error: failed ? operation.error : ErrorCode.OK });
    if (failed) out.writeInt(operation.error);
    else writeResult(out, operation.type, operation);
  }
  encodeMultiHeader(out, { type: -1, done: true, error: -1 });
}

function writeResult(out: JuteWriter, type: number, outcome: OperationOutcome): void {
  switch (type) {
    case OpCode.CREATE:
      return out.writeString(pathOf(outcome));
    case OpCode.CREATE2:
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
