// The four letters by which `cons` names what a client did last (FinalRequestProcessor.processRequest).

import { OpCode } from '@zebu/protocol';

/** Before the first request, and for one that was refused before it was executed. */
export const NO_OPERATION = 'NA';

const NAMES: Readonly<Record<number, string>> = {
  [OpCode.PING]: 'PING',
  [OpCode.CREATE_SESSION]: 'SESS',
  [OpCode.MULTI]: 'MULT',
  [OpCode.MULTI_READ]: 'MLTR',
  [OpCode.CREATE]: 'CREA',
  [OpCode.CREATE2]: 'CREA',
  [OpCode.CREATE_TTL]: 'CREA',
  [OpCode.CREATE_CONTAINER]: 'CREA',
  [OpCode.DELETE]: 'DELE',
  [OpCode.DELETE_CONTAINER]: 'DELE',
  [OpCode.SET_DATA]: 'SETD',
  [OpCode.RECONFIG]: 'RECO',
  [OpCode.SET_ACL]: 'SETA',
  [OpCode.CLOSE_SESSION]: 'CLOS',
  [OpCode.SYNC]: 'SYNC',
  [OpCode.CHECK]: 'CHEC',
  [OpCode.EXISTS]: 'EXIS',
  [OpCode.GET_DATA]: 'GETD',
  [OpCode.SET_WATCHES]: 'SETW',
  [OpCode.SET_WATCHES2]: 'STW2',
  [OpCode.ADD_WATCH]: 'ADDW',
  [OpCode.GET_ACL]: 'GETA',
  [OpCode.GET_CHILDREN]: 'GETC',
  [OpCode.GET_CHILDREN2]: 'GETC',
  [OpCode.GET_ALL_CHILDREN_NUMBER]: 'GETACN',
  [OpCode.CHECK_WATCHES]: 'CHKW',
  [OpCode.REMOVE_WATCHES]: 'REMW',
  [OpCode.WHO_AM_I]: 'HOMI',
  [OpCode.GET_EPHEMERALS]: 'GETE',
};

export const operationName = (type: number): string => NAMES[type] ?? NO_OPERATION;
