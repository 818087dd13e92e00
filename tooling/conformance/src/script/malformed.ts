// Requests that are none: records cut short or padded, lengths that lie, types that nobody knows, frames that are no frames.

import type { Request } from '../raw/index.ts';
import type { Random } from './random.ts';
import type { SessionSteps } from './session-steps.ts';
import type { Mangling, Step } from './step.ts';

const UNKNOWN_TYPES = [10, 23, 42, 99, 108, 1000, -5, -1, 0];
/** A negative length, one beyond jute.maxbuffer, a header cut short. */
const BAD_FRAMES = ['ffffffff', '7fffffff', '0000000400000001', '00000000'];

/** A record that cannot be read makes ZooKeeper propose an error txn under a zxid that is taken: in an ensemble it is never committed. */
const HANGS_IN_ENSEMBLE: readonly Request['op'][] = [
  'create',
  'create2',
  'createContainer',
  'createTTL',
  'delete',
  'deleteContainer',
  'setData',
  'setACL',
  'reconfig',
];

export function malformed(random: Random, client: string, request: () => Request, sessions: SessionSteps): Step[] {
  return random.weighted<() => Step[]>([
    [12, () => mangled(random, client, request(), sessions)],
    [3, () => [unknownType(random, client), ...sessions.again(client)]],
    [2, () => [refusedAuth(random, client), ...sessions.again(client)]],
    [1, () => [{ do: 'bytes', client, bytes: random.pick(BAD_FRAMES) }, ...sessions.again(client)]],
  ])();
}

function mangled(random: Random, client: string, request: Request, sessions: SessionSteps): Step[] {
  if (sessions.servers > 1 && HANGS_IN_ENSEMBLE.includes(request.op)) return [];
  // A cut character is U+FFFD to ZooKeeper and no text to Zebu.
  if (/[^ -~]/.test(JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? '' : value))))
    return [];
  const mangling = random.weighted<() => Mangling>([
    [4, () => ({ kind: 'truncate', bytes: 1 + random.below(12) })],
    [2, () => ({ kind: 'append', bytes: 'x'.repeat(1 + random.below(8)) })],
    [3, () => ({ kind: 'overwrite', value: random.pick([-1, -2, 0x7fffffff, 1 << 20]) })],
  ])();
  const step: Step = { do: 'mangled', client, request, mangling };
  // Some of them end the connection.
  return [step, ...sessions.again(client)];
}

function unknownType(random: Random, client: string): Step {
  // A check stands only inside a multi.
  const request: Request = random.chance(0.2)
    ? { op: 'check', path: '~', version: -1 }
    : { op: 'raw', type: random.pick(UNKNOWN_TYPES), body: 'whatever' };
  return { do: 'call', client, requests: [request] };
}

function refusedAuth(random: Random, client: string): Step {
  const scheme = random.pick(['nonsense', '', 'world', 'x509', 'sasl', null]);
  return { do: 'call', client, requests: [{ op: 'auth', type: 0, scheme, auth: 'x' }] };
}
