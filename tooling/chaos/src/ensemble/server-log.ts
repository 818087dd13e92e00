// What a server wrote to its log, read anew each time.

import { existsSync, readFileSync } from 'node:fs';

export interface LogEntry {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export class ServerLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  text(): string {
    return existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
  }

  /** Its JSON lines; a line that a kill cut off is none. */
  entries(): LogEntry[] {
    return this.text().split('\n').flatMap(entryOf);
  }

  /** Epochs in which this server came to lead, with a quorum behind it. */
  epochsLed(): number[] {
    return this.entries()
      .filter(({ msg }) => msg === 'LEADING: established by a quorum')
      .map(({ epoch }) => Number(epoch));
  }

  /** How often this server took another for dead because it heard nothing of it. */
  silencesNoticed(): number {
    return this.text().match(/silent for|was silent/g)?.length ?? 0;
  }

  lastLines(count: number): string[] {
    return this.text().trimEnd().split('\n').slice(-count);
  }
}

function entryOf(line: string): LogEntry[] {
  if (!line.startsWith('{')) return [];
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? [entry as LogEntry] : [];
  } catch {
    return [];
  }
}
