// enableEagerACLCheck: a server of an ensemble refuses by its own tree what ACLs will refuse at the leader, before it goes there
// (ZooKeeperServer.authWriteRequest). Whatever it cannot judge passes: prep has the last word.

import { JuteError, JuteReader } from '@zebu/jute';
import { ErrorCode, OpCode, Permission } from '@zebu/protocol';
import type { AccessControl } from './access-control.ts';
import { AclReader } from './acl-reader.ts';
import type { PendingRequest } from './pending-request.ts';
import type { ServedTree } from './tree-views.ts';
import { WriteOperation } from './write-operation.ts';
import { deletableParentOf } from './znode-change.ts';

export class EagerAclCheck {
  readonly #tree: Pick<ServedTree, 'aclOf'>;
  readonly #access: AccessControl;
  readonly #acls = new AclReader();
  readonly #operation = new WriteOperation();

  constructor(tree: Pick<ServedTree, 'aclOf'>, access: AccessControl) {
    this.#tree = tree;
    this.#access = access;
  }

  /** Makes the write a refused request if its ACLs will not let it happen. */
  onWrite(request: PendingRequest): void {
    const permission = permissionFor(request.type);
    if (permission === undefined) return;
    const error = this.#judge(request, permission);
    if (error === ErrorCode.OK) return;
    request.kind = 'refused';
    request.refusal = error;
  }

  #judge({ type, payload, identities }: PendingRequest, permission: number): ErrorCode {
    const operation = this.#read(type, payload);
    const path = operation === undefined ? undefined : guardedPath(operation);
    if (operation === undefined || path === undefined) return ErrorCode.OK;
    const setsAcl = type !== OpCode.DELETE && type !== OpCode.SET_DATA;
    if (setsAcl && this.#access.effectiveAcl(operation.acl, identities) === undefined) return ErrorCode.INVALIDACL;
    const acl = this.#tree.aclOf(path);
    const permitted = acl === undefined || this.#access.isPermitted(acl, permission, identities);
    return permitted ? ErrorCode.OK : ErrorCode.NOAUTH;
  }

  #read(type: number, payload: Uint8Array): WriteOperation | undefined {
    try {
      return this.#operation.read(new JuteReader(payload), type, this.#acls);
    } catch (error) {
      if (error instanceof JuteError) return undefined;
      throw error;
    }
  }
}

/** Undefined for what ZooKeeper does not look at either: createContainer, createTTL, multi and reconfig. */
function permissionFor(type: number): number | undefined {
  switch (type) {
    case OpCode.CREATE:
    case OpCode.CREATE2:
      return Permission.CREATE;
    case OpCode.DELETE:
      return Permission.DELETE;
    case OpCode.SET_DATA:
      return Permission.WRITE;
    case OpCode.SET_ACL:
      return Permission.ADMIN;
    default:
      return undefined;
  }
}

/** The znode whose ACL decides. */
function guardedPath({ type, path, isPathless }: WriteOperation): string | undefined {
  if (isPathless) return undefined;
  return type === OpCode.SET_DATA || type === OpCode.SET_ACL ? path : deletableParentOf(path);
}
