// What the command line printed, without what differs from run to run: times, addresses, ids of sessions, the numbers of txns.

/** Events come at the end: another thread prints them, between the lines of the commands. */
export function normalizeOutput(output: string): readonly string[] {
  const lines = output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && line !== 'WATCHER::' && !line.startsWith('SLF4J'));
  const isEvent = (line: string): boolean => line.startsWith('WatchedEvent ');
  // Whether the state of a connection that is being closed is still told is a race in the client.
  const events = lines.filter((line) => isEvent(line) && !line.includes(' type:None '));
  const text = [...lines.filter((line) => !isEvent(line)), ...events].join('\n');
  return withoutZxids(text)
    .replaceAll(/^([cm]time) = .*$/gm, '$1 = TIME')
    .replaceAll(/ephemeralOwner = 0x[1-7]\w{14,15}$/gm, 'ephemeralOwner = SESSION')
    .replaceAll(/:\d{4,5}\b/g, ':PORT')
    .replaceAll(/^\[(.+)\]$/gm, (_, list: string) => `[${list.split(', ').sort().join(', ')}]`)
    .split('\n');
}

const ZXID = /\b([cmp]Zxid = |zxid: )(0x[0-9a-f]+|\d+)/g;

/** Zxids become the places that they have among those of the script. */
function withoutZxids(text: string): string {
  const numbers = [...text.matchAll(ZXID)].map(([, , zxid]) => BigInt(zxid as string));
  const order = [...new Set(numbers)].sort((left, right) => (left < right ? -1 : 1));
  return text.replaceAll(ZXID, (_, label: string, zxid: string) => `${label}#${order.indexOf(BigInt(zxid))}`);
}
