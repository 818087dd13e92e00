// Writes snapshots as ZooKeeper does: sessions, then ACLs, then znodes from the root down, each as it is when its turn comes,
// while txns go on between any two of them.

import { encodeAclList, encodeStatPersisted, JuteWriter } from '@zebu/jute';
import type { Acl, SessionId, Zxid } from '@zebu/protocol';
import type { ModelNode, ModelTree } from './model.ts';

/** ReferenceCountedACLCache: an ACL that nobody uses any more is forgotten, and gets a new id when it comes back. */
class AclIds {
  readonly #ids = new Map<string, { id: number; acl: readonly Acl[] }>();
  #last = 0;

  /** To be called after every txn, so that ids come and go as they would. */
  update(model: ModelTree): void {
    const used = new Map([...model.nodes.values()].map((node) => [keyOf(node.acl), node.acl]));
    for (const key of this.#ids.keys()) if (!used.has(key)) this.#ids.delete(key);
    for (const [key, acl] of used) if (!this.#ids.has(key)) this.#ids.set(key, { id: ++this.#last, acl });
  }

  idOf(acl: readonly Acl[]): number {
    return this.#ids.get(keyOf(acl))?.id ?? -1;
  }

  write(writer: JuteWriter): void {
    writer.writeInt(this.#ids.size);
    for (const { id, acl } of this.#ids.values()) {
      writer.writeLongNumber(id);
      encodeAclList(writer, acl);
    }
  }
}

const keyOf = (acl: readonly Acl[]): string => JSON.stringify(acl);

export class FuzzySnapshot {
  readonly #model: ModelTree;
  readonly #writer = new JuteWriter();
  readonly #ids = new AclIds();
  readonly #steps: Iterator<void>;
  readonly zxid: bigint;
  isDone = false;

  constructor(model: ModelTree) {
    this.#model = model;
    this.zxid = model.lastZxid;
    this.#ids.update(model);
    this.#steps = this.#write();
  }

  onTxn(): void {
    this.#ids.update(this.#model);
  }

  /** Writes the next piece. */
  step(): void {
    this.isDone = this.#steps.next().done === true;
  }

  take(): Uint8Array {
    return this.#writer.take();
  }

  *#write(): Generator<void> {
    const { sessions } = this.#model;
    this.#writer.writeInt(sessions.size);
    for (const [id, timeout] of sessions) {
      this.#writer.writeLong(id);
      this.#writer.writeInt(timeout);
    }
    yield;
    this.#ids.write(this.#writer);
    yield;
    yield* this.#writeNode('/');
    this.#writer.writeString('/');
    this.#writer.writeLong(this.#model.lastZxid);
    this.#writer.writeInt(2);
    this.#writer.writeLong(this.#model.lastZxid === 0n ? 0n : this.#model.treeDigest);
  }

  *#writeNode(path: string): Generator<void> {
    const node = this.#model.nodes.get(path);
    if (node === undefined) return;
    const children = this.#model.childrenOf(path);
    this.#writeRecord(path === '/' ? '' : path, node);
    yield;
    for (const child of children) yield* this.#writeNode(child);
  }

  #writeRecord(path: string, node: ModelNode): void {
    this.#writer.writeString(path);
    this.#writer.writeBuffer(node.data);
    this.#writer.writeLongNumber(this.#ids.idOf(node.acl));
    encodeStatPersisted(this.#writer, {
      ...node,
      czxid: node.czxid as Zxid,
      mzxid: node.mzxid as Zxid,
      pzxid: node.pzxid as Zxid,
      ephemeralOwner: node.owner as SessionId,
    });
  }
}
