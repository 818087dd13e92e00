import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerId, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/history/event.ts';
import {
  decodeEvent,
  encodeEvent,
  HistoryFileError,
  loadHistory,
  saveHistory,
} from '../../src/history/history-file.ts';
import { BAD_HISTORIES } from '../checkers/bad-histories.ts';
import { verdict } from '../checkers/verdict.ts';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'history-')), 'history.jsonl');

describe('a history on disk', () => {
  it('comes back as it was: one line an event', () => {
    const events = BAD_HISTORIES.flatMap(({ tell }) => tell().events);
    const path = file();
    saveHistory(path, events);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(events.length + 1);
    // What is undefined is absent in JSON.
    expect(loadHistory(path)).toEqual(events);
  });

  it('is judged as the one that it was saved from', () => {
    const path = file();
    for (const { checker, tell } of BAD_HISTORIES) {
      saveHistory(path, tell().events);
      expect(verdict(loadHistory(path)).objecting).toEqual([checker]);
    }
  });

  it('may be empty', () => {
    const path = file();
    saveHistory(path, []);
    expect(loadHistory(path)).toEqual([]);
  });

  it.each([0n, 1n, -1n, 0x1_0000_0001n, -0x7fff_ffff_ffffn, 0xffff_ffff_ffff_ffffn])(
    'keeps the number %s',
    (number) => {
      const event: HistoryEvent = { at: 1.5, server: 1 as ServerId, type: 'flushed', zxid: number as Zxid };
      expect(decodeEvent(encodeEvent(event))).toEqual(event);
    },
  );

  it.each(['', '#', '#12', '##', '#-1', 'plain', 'line\nbreak'])('keeps the text %j', (reason) => {
    const event: HistoryEvent = { at: 0, server: 1 as ServerId, type: 'refusedToStart', reason };
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
    expect(encodeEvent(event)).not.toContain('\n');
  });

  it.each(['{', '7', '{"type":"flushed"}', '{"at":1,"type":"flushed","zxid":"#xyz"}'])(
    'is refused where a line is %j, with its number',
    (line) => {
      const path = file();
      writeFileSync(path, `{"at":0,"type":"phase","phase":"calm"}\n${line}\n`);
      expect(() => loadHistory(path)).toThrow(HistoryFileError);
      expect(() => loadHistory(path)).toThrow(`${path}:2:`);
    },
  );
});
