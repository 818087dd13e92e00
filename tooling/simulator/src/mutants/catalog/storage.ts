// What is durable when, and what is believed of a disk.

import type { Mutant } from '../mutant.ts';

export const STORAGE: readonly Mutant[] = [
  {
    name: 'acknowledge-before-flush',
    sentence: 'A flush is called done when it has begun.',
    patches: [
      {
        module: 'shell/storage-queue.js',
        find: "await storage.log.flush(); return post({ type: 'flushed', token });",
        replace: "storage.log.flush().catch(() => undefined); return post({ type: 'flushed', token });",
      },
    ],
    caughtBy: { seeds: true, within: 40 },
  },
  {
    name: 'keep-memory-after-losing-a-leader',
    sentence: 'A server goes into the next election with the tree that it has, whatever its log says.',
    ticket: 'ZOOKEEPER-2845',
    patches: [
      {
        module: 'peer/quorum-peer.js',
        find: 'if (end === lastLoggedZxid || (lastLoggedZxid === NO_ZXID && end === ZERO_ZXID))',
        replace: 'if (end !== undefined)',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
  {
    name: 'elect-before-the-fence',
    sentence: 'A server votes with the end of its log before the writes under way have come to an end.',
    ticket: 'ZOOKEEPER-4712',
    patches: [
      {
        module: 'shell/storage-queue.js',
        find: 'this.#queue.push(effect);',
        replace: `if (effect.type === 'fence')
            return this.#dependencies.post({ type: 'fenced', ...this.#durableState() });
          this.#queue.push(effect);`,
      },
      {
        module: 'shell/storage-queue.js',
        find: 'lastLoggedZxid: log.lastLoggedZxid,',
        replace: 'lastLoggedZxid: log.lastFlushedZxid,',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'retry-a-failed-flush',
    sentence:
      'After a failed fsync the next one is believed, though the system may have dropped what the first was for.',
    patches: [
      {
        module: 'txnlog/log/log-writer.js',
        find: 'if (!forceSync)\n            return handle.write(bytes, position);',
        replace: 'return handle.write(bytes, position).then(() => handle.datasync()).catch(() => handle.datasync());',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
  {
    name: 'no-cut-back-after-a-failed-write',
    sentence: 'After a failed write the log goes on behind what may or may not be on disk.',
    patches: [
      {
        module: 'txnlog/log/log-writer.js',
        find: 'await cutFile(fileSystem, path, this.#position);',
        replace: '',
      },
    ],
    caughtBy: { seeds: true, within: 800 },
  },
  {
    name: 'roll-without-flushing-the-old',
    sentence: 'A new log file begins, and is all that is flushed, while the old one has unflushed bytes.',
    patches: [
      {
        module: 'txnlog/log/log-writer.js',
        find: 'if (!forceSync)\n            return handle.write(bytes, position);',
        replace: 'return handle.write(bytes, position);',
      },
      {
        module: 'txnlog/log/log-writer.js',
        find: 'get isOpen() {',
        replace: 'sync() { return this.#handle?.datasync(); } get isOpen() {',
      },
      {
        module: 'txnlog/log/txn-log.js',
        find: 'while (this.#queue.flushed < count) await this.#writeRound();',
        replace: 'while (this.#queue.flushed < count) await this.#writeRound(); await this.#writer.sync();',
      },
    ],
    caughtBy: { seeds: true, within: 800 },
  },
  {
    name: 'vote-with-an-unflushed-log',
    sentence: 'The log that is read back at a start is voted with, and not made durable first.',
    patches: [
      {
        module: 'txnlog/log/log-loader.js',
        find: 'for (const file of scanned) await syncFile(context.fileSystem, file.path);',
        replace: '',
      },
    ],
    caughtBy: { scenario: 'power loss after a restart' },
  },
  {
    name: 'rename-an-unflushed-snapshot',
    sentence: 'A snapshot takes its name before its bytes are durable.',
    patches: [
      {
        module: 'txnlog/snapshot/snapshot-writer.js',
        find: 'this.#put(seal(this.#checksum)); await this.#write(this.#length); await this.#handle.datasync();',
        replace: 'this.#put(seal(this.#checksum)); await this.#write(this.#length);',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'rename-an-unflushed-epoch-file',
    sentence: 'acceptedEpoch and currentEpoch take their names before their bytes are durable.',
    ticket: 'ZOOKEEPER-2307',
    patches: [
      {
        module: 'txnlog/durable-file.js',
        find: 'await handle.write(bytes, 0); await handle.datasync();',
        replace: 'await handle.write(bytes, 0);',
      },
    ],
    caughtBy: { seeds: true, within: 200 },
  },
  {
    name: 'cut-one-txn-too-few',
    sentence: 'TRUNC leaves the first of the txns that were to go.',
    ticket: 'ZOOKEEPER-1156',
    patches: [
      {
        module: 'txnlog/log/log-truncation.js',
        find: 'if (makeZxid(cursor.epoch, cursor.counter) > zxid)',
        replace: 'if (makeZxid(cursor.epoch, cursor.counter) > zxid + 1n)',
      },
    ],
    caughtBy: { seeds: true, within: 400 },
  },
];
