// The text in a quota's zookeeper_stats and zookeeper_limits (ZooKeeper's StatsTrack): "count=2,bytes=10", and behind a lone "="
// what newer versions added.

const UNKNOWN = -1;

/** The text with `count` and `bytes` moved by the differences; a field that is not there counts from -1, as in ZooKeeper. */
export function moveUsage(text: string, countDifference: number, bytesDifference: number): string {
  const fields = parseFields(text);
  return formatFields(
    fields,
    (fields.get('count') ?? UNKNOWN) + countDifference,
    (fields.get('bytes') ?? UNKNOWN) + bytesDifference,
  );
}

export const formatUsage = (count: number, bytes: number): string => `count=${count},bytes=${bytes}`;

export interface QuotaUsage {
  readonly count: number;
  readonly bytes: number;
}

/** -1 where there is no limit. */
export interface QuotaLimits extends QuotaUsage {
  /** Above it an operation is refused, where quotas are enforced; above the others only a warning is logged. */
  readonly countHard: number;
  readonly bytesHard: number;
}

export function parseUsage(text: string): QuotaUsage {
  const fields = parseFields(text);
  return { count: fields.get('count') ?? UNKNOWN, bytes: fields.get('bytes') ?? UNKNOWN };
}

export function parseLimits(text: string): QuotaLimits {
  const fields = parseFields(text);
  return {
    ...parseUsage(text),
    countHard: fields.get('countHardLimit') ?? UNKNOWN,
    bytesHard: fields.get('byteHardLimit') ?? UNKNOWN,
  };
}

function parseFields(text: string): Map<string, number> {
  const fields = new Map<string, number>();
  for (const pair of text.split(/[,;]+/)) {
    const [name = '', value = ''] = pair.split('=');
    if (name !== '') fields.set(name, /^-?\d{1,15}$/.test(value) ? Number(value) : UNKNOWN);
  }
  return fields;
}

function formatFields(fields: Map<string, number>, count: number, bytes: number): string {
  const others = [...fields]
    .filter(([name]) => name !== 'count' && name !== 'bytes')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const tail = others.map(([name, value]) => `;${name}=${value}`).join('');
  return formatUsage(count, bytes) + (tail === '' ? '' : `=${tail}`);
}
