// What a server did by itself, as marks on its line; and what was done to it, as notes across.

import type { Millis, ServerId, Zxid } from '@zebu/protocol';
import type { HistoryEvent, ServerFact } from '../history/event.ts';
import { serversInWords, shortZxid, txnsInWords } from './words.ts';

export type MarkKind = 'append' | 'flush' | 'epoch' | 'apply' | 'disk' | 'role' | 'life' | 'end';

export interface Mark {
  readonly server: ServerId;
  readonly at: Millis;
  readonly index: number;
  readonly kind: MarkKind;
  /** Beside the mark; undefined where there would be too many of them. */
  readonly label: string | undefined;
  readonly words: string;
}

export interface Note {
  readonly at: Millis;
  readonly index: number;
  readonly kind: 'fault' | 'phase';
  readonly words: string;
}

export function marksOf(history: readonly HistoryEvent[]): Mark[] {
  const marks: Mark[] = [];
  const lastRole = new Map<ServerId, string>();
  const lastFlush = new Map<ServerId, string>();
  for (const [index, event] of history.entries()) {
    if (!('server' in event) || 'client' in event) continue;
    const { server, at } = event;
    if (event.type === 'started' || event.type === 'ended') lastRole.delete(server);
    const described = describe(event);
    if (event.type === 'role') {
      // Only what an onlooker would call a change; a view has finer ones.
      if (lastRole.get(server) === described.label) continue;
      lastRole.set(server, described.label ?? '');
    }
    if (event.type === 'flushed') {
      // Flushes that overlap say the same again.
      if (lastFlush.get(server) === described.label) continue;
      lastFlush.set(server, described.label ?? '');
    }
    marks.push({ server, at, index, ...described });
  }
  return marks;
}

export function notesOf(history: readonly HistoryEvent[]): Note[] {
  const notes: Note[] = [];
  for (const [index, event] of history.entries()) {
    if (event.type === 'fault') {
      const servers = event.servers.length === 0 ? '' : ` (${serversInWords(event.servers)})`;
      notes.push({ at: event.at, index, kind: 'fault', words: `${event.kind}: ${event.description}${servers}` });
    } else if (event.type === 'phase') {
      notes.push({ at: event.at, index, kind: 'phase', words: `phase: ${event.phase}` });
    }
  }
  return notes;
}

const mark = (
  kind: MarkKind,
  label: string | undefined,
  words = label ?? '',
): Pick<Mark, 'kind' | 'label' | 'words'> => ({
  kind,
  label,
  words,
});

function describe(fact: ServerFact): Pick<Mark, 'kind' | 'label' | 'words'> {
  switch (fact.type) {
    case 'started':
      return mark('life', 'starts', `starts, for the ${ordinal(fact.incarnation)} time`);
    case 'ended':
      return mark('end', endInWords(fact), `ends: ${endInWords(fact)}`);
    case 'refusedToStart':
      return mark('end', 'refuses to start', `refuses to start: ${fact.reason}`);
    case 'paused':
    case 'resumed':
      return mark('life', fact.type);
    case 'diskState': {
      const epochs = `acceptedEpoch ${fact.acceptedEpoch}, currentEpoch ${fact.currentEpoch}`;
      return mark(
        'disk',
        `${fact.damaged === true ? 'DAMAGED' : 'disk'}: ${shortZxid(fact.lastLoggedZxid)}, e${fact.currentEpoch}`,
        `the disk (${fact.cause}): log ends at ${shortZxid(fact.lastLoggedZxid)}, ${epochs}`,
      );
    }
    case 'role':
      return mark(
        'role',
        roleInWords(fact),
        `${fact.state} ${fact.zabState}, leader ${fact.leader ?? 'none'}, epoch ${fact.epoch}`,
      );
    case 'epochDurable':
      return mark('epoch', `${fact.which} ${fact.epoch}`, `${fact.which} ${fact.epoch} is durable`);
    case 'appended':
      return mark('append', undefined, `appended ${txnsInWords(fact.txns)}`);
    case 'flushed':
      return mark('flush', `flushed ${shortZxid(fact.zxid)}`, `flushed up to ${shortZxid(fact.zxid)}`);
    case 'truncated':
      return mark('disk', fact.done ? `cut to ${shortZxid(fact.zxid)}` : 'cannot be cut');
    case 'snapshotInstalled':
      return mark('disk', `snapshot ${shortZxid(fact.zxid)} installed`);
    case 'cutBack':
      return mark('end', `write failed: cut back to ${shortZxid(fact.zxid)}`);
    case 'healed':
      return mark('disk', 'healed', 'the damage mark is gone');
    case 'snapshotWritten':
      return mark('disk', undefined, `snapshot at ${shortZxid(fact.zxid)} written`);
    case 'oracleAnswered':
      return mark('disk', undefined, `the oracle ${fact.grants ? 'lets it go on alone' : 'lets it not go on alone'}`);
    case 'configurationWritten':
      return mark('disk', undefined, `configuration ${shortZxid(fact.version as Zxid)} written`);
    case 'applied':
      return fact.by === 'restore'
        ? mark(
            'apply',
            `tree at ${shortZxid(fact.zxid)}`,
            `the tree was read back: ${shortZxid(fact.zxid)}, digest ${fact.digest}`,
          )
        : mark('apply', undefined, `applied up to ${shortZxid(fact.zxid)}, digest ${fact.digest}`);
    case 'synced':
      return mark('role', undefined, `brings server ${fact.learner} in sync: ${fact.path}`);
  }
}

function endInWords({ how, reason }: Extract<ServerFact, { type: 'ended' }>): string {
  const words = how === 'powerLoss' ? 'power loss' : how;
  return reason === undefined ? words : `${words}: ${reason}`;
}

function roleInWords({ state, leader, epoch, serving }: Extract<ServerFact, { type: 'role' }>): string {
  if (state === 'LOOKING') return state;
  const whom = state === 'LEADING' ? '' : ` ${leader ?? ''}`;
  return `${state}${whom}${serving ? `, serves e${epoch}` : ''}`;
}

function ordinal(count: number): string {
  const suffix = count % 100 > 10 && count % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}
