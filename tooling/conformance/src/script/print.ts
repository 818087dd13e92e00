// A script as a person reads it: one line a request.

import type { Acl, Request } from '../raw/index.ts';
import type { Step } from './step.ts';

export function printStep(step: Step): string[] {
  switch (step.do) {
    case 'open':
      return [
        `${step.client} = connect(server=${step.server + 1}, timeoutMs=${step.timeoutMs}${readOnly(step.readOnly)})`,
      ];
    case 'reattach': {
      const { client, server, timeoutMs, password, lastZxidSeen } = step;
      return [
        `${client}.reattach(server=${server + 1}, timeoutMs=${timeoutMs}, password=${password}, lastZxidSeen=${lastZxidSeen})`,
      ];
    }
    case 'drop':
      return [`${step.client}.dropConnection()`];
    case 'expire':
      return [`${step.client}.dropConnection(); wait until its session has expired`];
    case 'call': {
      const lines = step.requests.map((request) => `${step.client}.${printRequest(request)}`);
      return lines.length > 1 ? ['# without waiting for replies:', ...lines.map((line) => `  ${line}`)] : lines;
    }
    case 'callOverOldConnection':
      return [`${step.client}.oldConnection.${printRequest(step.request)}`];
    case 'mangled':
      return [`${step.client}.${printRequest(step.request)}  # ${JSON.stringify(step.mangling)}`];
    case 'bytes':
      return [`${step.client}.sendBytes(0x${step.bytes})`];
  }
}

const readOnly = (flag: boolean | 'omitted'): string => (flag === false ? '' : `, readOnly=${flag}`);

export function printRequest(request: Request): string {
  if (request.op === 'multi' || request.op === 'multiRead') {
    return `${request.op}(${request.ops.map((op) => printRequest(op)).join(', ')})`;
  }
  const fields = Object.entries(request)
    .filter(([name]) => name !== 'op')
    .map(([name, value]) => `${name}=${printValue(value)}`);
  return `${request.op}(${fields.join(', ')})`;
}

function printValue(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return value.length > 80 ? `${value.length} bytes` : JSON.stringify(value);
  return `[${(value as readonly unknown[]).map((one) => (isAcl(one) ? printAcl(one) : printValue(one))).join(', ')}]`;
}

const isAcl = (value: unknown): value is Acl => typeof value === 'object' && value !== null && 'perms' in value;

function printAcl({ perms, scheme, id }: Acl): string {
  const letters = Array.from('rwcda')
    .filter((_, bit) => (perms & (1 << bit)) !== 0)
    .join('');
  return `${scheme}:${id}:${letters}`;
}
