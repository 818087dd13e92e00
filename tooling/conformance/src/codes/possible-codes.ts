// Which codes Apache ZooKeeper can give for each operation, with the configuration of the campaigns: what a run must have
// seen, often enough, to say that it compared them.

import { ErrorCode, type ErrorName } from '@zebu/protocol';

/** A path that does not exist, one that is not permitted, and a record that cannot be read. */
const READ = 'OK NONODE NOAUTH MARSHALLINGERROR';
const CREATE =
  'OK NONODE NODEEXISTS NOCHILDRENFOREPHEMERALS NOAUTH INVALIDACL BADARGUMENTS QUOTAEXCEEDED MARSHALLINGERROR';
/** Some seeds are played without extendedTypesEnabled. */
const WITHOUT_EXTENDED_TYPES = 'UNIMPLEMENTED';
/** In a multi, a part behind the one that failed; what cannot be read fails the whole. */
const BEHIND = 'RUNTIMEINCONSISTENCY';
const withoutMarshalling = (codes: string): string => codes.replace(' MARSHALLINGERROR', '');

const TABLE: Readonly<Record<string, string>> = {
  create: `${CREATE} ${WITHOUT_EXTENDED_TYPES}`,
  create2: `${CREATE} ${WITHOUT_EXTENDED_TYPES}`,
  createContainer: `${CREATE} ${WITHOUT_EXTENDED_TYPES}`,
  createTTL: `${CREATE} ${WITHOUT_EXTENDED_TYPES}`,
  delete: 'OK NONODE NOAUTH BADVERSION NOTEMPTY BADARGUMENTS MARSHALLINGERROR',
  setData: 'OK NONODE NOAUTH BADVERSION BADARGUMENTS QUOTAEXCEEDED MARSHALLINGERROR',
  setACL: 'OK NONODE NOAUTH BADVERSION INVALIDACL BADARGUMENTS MARSHALLINGERROR',
  check: 'UNIMPLEMENTED',
  deleteContainer: 'NONODE NOTEMPTY BADVERSION BADARGUMENTS',
  /** A standalone server cannot, where it may. */
  reconfig: 'RECONFIGDISABLED UNIMPLEMENTED MARSHALLINGERROR',
  multi: 'OK MARSHALLINGERROR',
  'multi: create': `${withoutMarshalling(CREATE)} ${BEHIND}`,
  'multi: create2': `${withoutMarshalling(CREATE)} ${BEHIND}`,
  'multi: createContainer': `${withoutMarshalling(CREATE)} ${BEHIND}`,
  'multi: createTTL': `${withoutMarshalling(CREATE)} ${BEHIND}`,
  'multi: delete': `OK NONODE NOAUTH BADVERSION NOTEMPTY BADARGUMENTS ${BEHIND}`,
  'multi: setData': `OK NONODE NOAUTH BADVERSION BADARGUMENTS QUOTAEXCEEDED ${BEHIND}`,
  'multi: check': `OK NONODE NOAUTH BADVERSION BADARGUMENTS ${BEHIND}`,
  exists: `${READ} BADARGUMENTS`,
  getData: READ,
  getACL: READ,
  getChildren: READ,
  getChildren2: READ,
  getAllChildrenNumber: READ,
  getEphemerals: 'OK MARSHALLINGERROR',
  multiRead: 'OK MARSHALLINGERROR',
  'multiRead: getData': withoutMarshalling(READ),
  'multiRead: getChildren': withoutMarshalling(READ),
  sync: 'OK MARSHALLINGERROR',
  whoAmI: 'OK',
  addWatch: 'OK MARSHALLINGERROR',
  checkWatches: 'OK NOWATCHER MARSHALLINGERROR',
  removeWatches: 'OK NOWATCHER MARSHALLINGERROR',
  setWatches: 'OK MARSHALLINGERROR',
  setWatches2: 'OK MARSHALLINGERROR',
  auth: 'OK AUTHFAILED',
  /** To a server without SASL. */
  sasl: 'OK',
  closeSession: 'OK',
  'an unknown type': 'UNIMPLEMENTED',
};

/** On a server without a quorum: what takes one, and what else is answered as ever. */
const READ_ONLY_TABLE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'create create2 createContainer createTTL delete deleteContainer setData setACL reconfig multi sync'
      .split(' ')
      .map((operation) => [operation, 'NOTREADONLY']),
  ),
  exists: READ,
  getData: READ,
  getACL: READ,
  getChildren: READ,
  getChildren2: READ,
  getAllChildrenNumber: READ,
  getEphemerals: 'OK',
  multiRead: 'OK',
  'multiRead: getData': withoutMarshalling(READ),
  'multiRead: getChildren': withoutMarshalling(READ),
  whoAmI: 'OK',
  addWatch: 'OK',
  checkWatches: 'OK NOWATCHER',
  removeWatches: 'OK NOWATCHER',
  setWatches: 'OK',
  setWatches2: 'OK',
  auth: 'OK AUTHFAILED',
  closeSession: 'OK',
  'an unknown type': 'UNIMPLEMENTED',
};

/** What only an ensemble can do: seeds with and without reconfigEnabled, by who may change it and who may not. */
const ENSEMBLE_TABLE: Readonly<Record<string, string>> = {
  reconfig: 'OK RECONFIGDISABLED RECONFIGINPROGRESS BADVERSION BADARGUMENTS NEWCONFIGNOQUORUM NOAUTH MARSHALLINGERROR',
};

export interface PossibleCode {
  readonly operation: string;
  readonly code: number;
  readonly name: ErrorName;
}

const codesOf = (table: Readonly<Record<string, string>>): readonly PossibleCode[] =>
  Object.entries(table).flatMap(([operation, names]) =>
    names.split(' ').map((name) => ({ operation, name: name as ErrorName, code: ErrorCode[name as ErrorName] })),
  );

export const POSSIBLE_CODES = codesOf(TABLE);
export const READ_ONLY_CODES = codesOf(READ_ONLY_TABLE);
export const ENSEMBLE_CODES = codesOf(ENSEMBLE_TABLE);

/** What the configuration of the campaigns keeps from coming up, and where it is compared instead. */
export const ELSEWHERE: readonly (readonly [code: string, where: string])[] = [
  ['EPHEMERALONLOCALSESSION', 'localSessionsEnabled=true: every fifth seed on an ensemble'],
  ['SESSIONCLOSEDREQUIRESASLAUTH, AUTHFAILED of sasl', 'enforced authentication: end-to-end, same-as-apache'],
  ['THROTTLEDOP', 'throttledOpWaitTime: client-surface, error-throttledop'],
  ['SESSIONMOVED, SESSIONEXPIRED', 'the connection ends instead; scripts move, drop and expire sessions'],
  ['NOTREADONLY', 'readonlymode.enabled=true: read-only, on one server of three'],
  ['NEWCONFIGNOQUORUM, RECONFIGINPROGRESS', 'reconfigEnabled=true: every fifth seed on an ensemble'],
];
