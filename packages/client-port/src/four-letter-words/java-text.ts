// Values as Java prints them, where that differs from JavaScript.

import type { WallClockMs } from '@zebu/protocol';

/** AvgMinMaxCounter.getAvg: a double of at most four decimals, never without one (`0.0`, `4.3333`). */
export const formatAverage = (average: number): string => formatDouble(Math.round(average * 10_000) / 10_000);

/** Of moderate size: Double.toString goes over to exponents as JavaScript does not. */
export const formatDouble = (value: number): string => (Number.isInteger(value) ? `${value}.0` : `${value}`);

const DATE = new Intl.DateTimeFormat('en-US', {
  weekday: 'short',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
  year: 'numeric',
});

/** Date.toString: `Mon Nov 23 03:02:22 UTC 2026`. */
export function formatDate(wallClock: WallClockMs): string {
  const parts = new Map(DATE.formatToParts(wallClock).map(({ type, value }) => [type, value]));
  const time = ['hour', 'minute', 'second'] as const;
  const clock = time.map((part) => parts.get(part)).join(':');
  return `${parts.get('weekday')} ${parts.get('month')} ${parts.get('day')} ${clock} ${parts.get('timeZoneName')} ${parts.get('year')}`;
}

const IPV6 = /^\[([0-9a-fA-F:]+)(%[^\]]+)?\]:(\d+)$/;

/** InetSocketAddress.toString of an address without a name: `/10.0.0.1:40000`, `/[0:0:0:0:0:0:0:1]:40000`. */
export function formatSocketAddress(address: string): string {
  const match = IPV6.exec(address);
  if (match === null) return `/${address}`;
  const [, groups = '', zone = '', port] = match;
  return `/[${expandGroups(groups)}${zone}]:${port}`;
}

/** All eight groups without leading zeros: Java never writes `::`. */
function expandGroups(text: string): string {
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeroCount = tail === undefined ? 0 : 8 - before.length - after.length;
  const zeros = Array.from({ length: zeroCount }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
