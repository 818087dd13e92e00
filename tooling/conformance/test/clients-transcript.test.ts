import { expect, it } from 'vitest';
import { compareTranscripts, readTranscript } from '../src/clients/transcript.ts';

const FIRST = readTranscript('# one\na\nb\n\n# two\nc\n');

it('a transcript is what stands under each heading', () => {
  expect([...FIRST]).toEqual([
    ['one', ['a', 'b']],
    ['two', ['c']],
  ]);
});

it('the same transcript is the same', () => {
  expect(compareTranscripts(FIRST, FIRST).map(({ name, ok }) => [name, ok])).toEqual([
    ['one', true],
    ['two', true],
  ]);
});

it.each([
  ['another line', '# one\na\nx\n# two\nc', 'after "a": "x" instead of "b"'],
  ['a line less', '# one\na\n# two\nc', 'after "a": "nothing more" instead of "b"'],
  ['a line more', '# one\na\nb\nx\n# two\nc', 'after "b": "x" instead of "nothing more"'],
  ['no section', '# two\nc', 'after "the beginning": "nothing more" instead of "a"'],
])('%s is a difference', (_, text, zebu) => {
  const rows = compareTranscripts(FIRST, readTranscript(text));
  expect(rows.filter(({ ok }) => !ok)).toEqual([{ name: 'one', apache: '2 lines', zebu, ok: false }]);
});

it('a section without a line is a difference: it compares nothing', () => {
  expect(compareTranscripts(readTranscript('# one'), readTranscript('# one'))[0]?.ok).toBe(false);
});
