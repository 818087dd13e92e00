// Changes of the ensemble, where it may be changed. The servers that come and go are none: they listen nowhere, so that nobody has to start them, and
// nobody's clients lose theirs. Whoever is listed at the beginning of a run stays.

import type { Request } from '../raw/index.ts';
import { SUPER } from './choices.ts';
import type { Random } from './random.ts';
import { CURRENT_CONFIG, MEMBERS, type Step } from './step.ts';

type Reconfig = Extract<Request, { op: 'reconfig' }>;

/** Such low ports refuse connections at once, on every machine. */
const phantom = (id: number, role: string): string => `server.${id}=127.0.0.1:${id}1:${id}2${role};127.0.0.1:${id}3`;
const observer = (id: number): string => phantom(id, ':observer');
const participant = (id: number): string => phantom(id, '');
const OBSERVER_IDS = [9, 10, 11];
const OBSERVERS = OBSERVER_IDS.map(observer);
/** Of six voters these three and one more would have to answer. */
const UNREACHABLE = [12, 13, 14].map(participant).join(',');

const BAD_JOINERS = [
  'server.9=nonsense',
  'server.9',
  'server.9=127.0.0.1:1:2:observer',
  'server.9=127.0.0.1:1:2:wizard;3',
  'server.9=127.0.0.1:1:1:observer;3',
  'server.9=127.0.0.1:1:2:observer;3:4:5',
  'server.9=192.0.2.1:1:2:observer;3,server.10=192.0.2.1:1:4:observer;5',
];
const NOT_A_NUMBER = 'x';

export class ReconfigSteps {
  readonly #random: Random;
  #operatorCount = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** By a session of its own that may do everything, so that others go on being refused. */
  byOperator(server: number): Step[] {
    const client = `operator${++this.#operatorCount}`;
    const call = (requests: readonly Request[]): Step => ({ do: 'call', client, requests });
    const changes = Array.from({ length: 1 + this.#random.below(4) }, () => call(this.#batch()));
    return [
      { do: 'open', client, server, timeoutMs: 60_000, readOnly: false },
      call([{ op: 'auth', type: 0, scheme: 'digest', auth: SUPER }]),
      ...changes,
      call([{ op: 'closeSession' }]),
    ];
  }

  /** By whoever asks. */
  request(): Request {
    return this.#random.weighted<() => Reconfig>([
      [4, () => this.#incremental()],
      [2, () => this.#whole()],
      [4, () => this.#refused()],
    ])();
  }

  /** What comes behind a change that is under way is refused; when that was quick, for the version that is the last one by then. */
  #batch(): Request[] {
    if (!this.#random.chance(0.25)) return [this.request()];
    return [
      { ...this.#incremental(), curConfigId: -1n },
      { ...this.#incremental(), curConfigId: CURRENT_CONFIG },
    ];
  }

  #incremental(): Reconfig {
    const joining = this.#random.chance(0.6)
      ? this.#random.pick([...OBSERVERS, OBSERVERS.slice(0, 2).join(',')])
      : null;
    const leaving = this.#random.chance(0.5)
      ? this.#random.pick([...OBSERVER_IDS, '9,10', '15', ''].map(String))
      : null;
    return { op: 'reconfig', joiningServers: joining, leavingServers: leaving, newMembers: null, ...this.#from() };
  }

  #whole(): Reconfig {
    const newMembers = this.#random.pick([MEMBERS, `${MEMBERS}\n${OBSERVERS[0]}`, `${MEMBERS},${OBSERVERS[1]}`]);
    return { op: 'reconfig', joiningServers: null, leavingServers: null, newMembers, ...this.#from() };
  }

  #refused(): Reconfig {
    const nothing = { joiningServers: null, leavingServers: null, newMembers: null };
    const change = this.#random.weighted<() => typeof nothing | object>([
      [4, () => ({ joiningServers: this.#random.pick(BAD_JOINERS) })],
      [2, () => ({ leavingServers: this.#random.pick(['1,2', '2,3', '1,2,3,4']) })],
      [1, () => ({ leavingServers: NOT_A_NUMBER })],
      [1, () => ({ joiningServers: `server.${NOT_A_NUMBER}=127.0.0.1:1:2:observer;3` })],
      [3, () => ({ joiningServers: UNREACHABLE })],
      [1, () => ({ newMembers: `${MEMBERS},${UNREACHABLE}` })],
      [2, () => ({ newMembers: this.#random.pick(['nonsense', 'tickTime=2000', OBSERVERS[0] ?? '']) })],
    ])();
    return { op: 'reconfig', ...nothing, ...change, ...this.#from() };
  }

  #from(): Pick<Reconfig, 'curConfigId'> {
    return {
      curConfigId: this.#random.weighted([
        [6, -1n],
        [3, CURRENT_CONFIG],
        [1, 12345n],
      ]),
    };
  }
}
