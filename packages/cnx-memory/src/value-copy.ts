// Messages travel by value: servers in one process share no bytes that one of them could change.

export function copyOf<Value>(value: Value): Value {
  return copy(value) as Value;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copy);
  const fields = value as Readonly<Record<string, unknown>>;
  const own: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) own[key] = copy(fields[key]);
  return own;
}

/** About what the value would take on a wire. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  if (value instanceof Uint8Array) return value.length + 3;
  let bytes = 2;
  for (const element of Array.isArray(value) ? value : Object.values(value)) bytes += sizeOf(element);
  return bytes;
}
