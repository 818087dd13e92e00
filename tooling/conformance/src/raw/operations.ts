// Every operation of one record: its op code, what is sent and what an answer without an error carries.

import { boolean, buffer, type Codec, int, long, record, text, type ValueOf, vector } from './jute.ts';
import { aclList, stat, textList } from './records.ts';

const nothing = record({});
const path = record({ path: text });
const pathAndWatch = record({ path: text, watch: boolean });
const pathAndVersion = record({ path: text, version: int });
const pathAndType = record({ path: text, type: int });
const created = record({ path: text, stat });
const create = record({ path: text, data: buffer, acl: aclList, flags: int });
const relative = { relativeZxid: long, dataWatches: textList, existWatches: textList, childWatches: textList };

export const operations = {
  create: { code: 1, request: create, reply: path },
  delete: { code: 2, request: pathAndVersion, reply: nothing },
  exists: { code: 3, request: pathAndWatch, reply: record({ stat }) },
  getData: { code: 4, request: pathAndWatch, reply: record({ data: buffer, stat }) },
  setData: { code: 5, request: record({ path: text, data: buffer, version: int }), reply: record({ stat }) },
  getACL: { code: 6, request: path, reply: record({ acl: aclList, stat }) },
  setACL: { code: 7, request: record({ path: text, acl: aclList, version: int }), reply: record({ stat }) },
  getChildren: { code: 8, request: pathAndWatch, reply: record({ children: textList }) },
  sync: { code: 9, request: path, reply: path },
  ping: { code: 11, request: nothing, reply: nothing },
  getChildren2: { code: 12, request: pathAndWatch, reply: record({ children: textList, stat }) },
  check: { code: 13, request: pathAndVersion, reply: record({ stat }) },
  create2: { code: 15, request: create, reply: created },
  reconfig: {
    code: 16,
    request: record({ joiningServers: text, leavingServers: text, newMembers: text, curConfigId: long }),
    reply: record({ data: buffer, stat }),
  },
  checkWatches: { code: 17, request: pathAndType, reply: nothing },
  removeWatches: { code: 18, request: pathAndType, reply: nothing },
  createContainer: { code: 19, request: create, reply: created },
  deleteContainer: { code: 20, request: path, reply: nothing },
  createTTL: {
    code: 21,
    request: record({ path: text, data: buffer, acl: aclList, flags: int, ttl: long }),
    reply: created,
  },
  auth: { code: 100, request: record({ type: int, scheme: text, auth: buffer }), reply: nothing },
  setWatches: { code: 101, request: record(relative), reply: nothing },
  sasl: { code: 102, request: record({ token: buffer }), reply: record({ token: buffer }) },
  getEphemerals: { code: 103, request: record({ prefixPath: text }), reply: record({ ephemerals: textList }) },
  getAllChildrenNumber: { code: 104, request: path, reply: record({ totalNumber: int }) },
  setWatches2: {
    code: 105,
    request: record({ ...relative, persistentWatches: textList, persistentRecursiveWatches: textList }),
    reply: nothing,
  },
  addWatch: { code: 106, request: record({ path: text, mode: int }), reply: record({ err: int }) },
  whoAmI: { code: 107, request: nothing, reply: record({ clientInfo: vector(record({ scheme: text, user: text })) }) },
  closeSession: { code: -11, request: nothing, reply: nothing },
} as const satisfies Readonly<Record<string, Operation>>;

interface Operation {
  readonly code: number;
  readonly request: Codec<Readonly<Record<string, unknown>>>;
  readonly reply: Codec<Readonly<Record<string, unknown>>>;
}

export type OperationName = keyof typeof operations;
export type RequestOf<Name extends OperationName> = { readonly op: Name } & ValueOf<
  (typeof operations)[Name]['request']
>;
/** A request of one record, by name. */
export type PlainRequest = { [Name in OperationName]: RequestOf<Name> }[OperationName];

const byCode = new Map<number, OperationName>(
  Object.entries(operations).map(([name, { code }]) => [code, name as OperationName]),
);

export const operationNamed = (code: number): OperationName | undefined => byCode.get(code);
