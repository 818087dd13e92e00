import { readFileSync } from 'node:fs';
import type { ErrorName } from '@zebu/protocol';
import { ErrorCode, errorName } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';

/** KeeperException.Code of Apache ZooKeeper 3.8.0, as it prints itself. */
const KEEPER_EXCEPTION = `OK 0
SYSTEMERROR -1
RUNTIMEINCONSISTENCY -2
DATAINCONSISTENCY -3
CONNECTIONLOSS -4
MARSHALLINGERROR -5
UNIMPLEMENTED -6
OPERATIONTIMEOUT -7
BADARGUMENTS -8
NEWCONFIGNOQUORUM -13
RECONFIGINPROGRESS -14
UNKNOWNSESSION -12
APIERROR -100
NONODE -101
NOAUTH -102
BADVERSION -103
NOCHILDRENFOREPHEMERALS -108
NODEEXISTS -110
NOTEMPTY -111
SESSIONEXPIRED -112
INVALIDCALLBACK -113
INVALIDACL -114
AUTHFAILED -115
SESSIONMOVED -118
NOTREADONLY -119
EPHEMERALONLOCALSESSION -120
NOWATCHER -121
REQUESTTIMEOUT -122
RECONFIGDISABLED -123
SESSIONCLOSEDREQUIRESASLAUTH -124
QUOTAEXCEEDED -125
THROTTLEDOP -127
`;

function table(text: string): Record<string, number> {
  const rows = text.trim().split('\n');
  return Object.fromEntries(rows.map((row) => row.split(' ')).map(([name, code]) => [name, Number(code)]));
}

function documented(): Record<string, number> {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([A-Z]+)` \| (-?\d+) \|/gm)];
  return Object.fromEntries(rows.map(([, name, code]) => [name, Number(code)]));
}

describe('the error table', () => {
  it('has the names and codes of KeeperException', () => {
    expect(ErrorCode).toEqual(table(KEEPER_EXCEPTION));
  });

  it('is what the README says', () => {
    expect(documented()).toEqual(ErrorCode);
  });

  it('gives a name for every code, and none for others', () => {
    for (const [name, code] of Object.entries(ErrorCode)) expect(errorName(code)).toBe(name as ErrorName);
    expect(errorName(-9)).toBeUndefined();
    expect(errorName(1)).toBeUndefined();
  });
});
