// Values as Java prints them, where that differs from JavaScript.

/** AvgMinMaxCounter.getAvg: a double of at most four decimals, never without one (`0.0`, `4.3333`). */
export function formatAverage(average: number): string {
  const rounded = Math.round(average * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : `${rounded}`;
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
