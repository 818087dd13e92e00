// The tests that the documents name: where they are said to be, and whether a run had them.

import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/**
 * @typedef {object} DocumentedTest
 * @property {string} document of the repository
 * @property {string} row what the document says of it, for messages
 * @property {string} source the file that does what the row says
 * @property {string} file that holds the test's text: a test file, or what one is made from
 * @property {string} title of the test, with the names of the blocks around it or without
 */

/** @typedef {{ name: string, assertionResults: { title: string, fullName: string, status: string }[] }} FileResult */

const SEEDS = 'docs/seeds.md';
const CLIENT_SURFACE = 'docs/client-surface.md';
const SURFACE_TEST = 'tooling/client-surface/test/surface.test.ts';

/** @param {string} root of the repository @returns {DocumentedTest[]} */
export function documentedTests(root) {
  /** @param {string} document */
  const linesOf = (document) => readFileSync(join(root, document), 'utf8').split('\n');
  return [...linesOf(SEEDS).flatMap(seedRow), ...linesOf(CLIENT_SURFACE).flatMap(surfaceRow)];
}

const LINK = String.raw`\[([^\]]+)\]\(\.\./([^)]+)\)`;
const SEED_ROW = new RegExp(String.raw`^\| (.+?) \| .+ \| ${LINK} \| ${LINK} \|$`);

/** A line of the seeds' tables: what is shown, what it is, a link to the file that does it, a link to its test. @param {string} line */
export function seedRow(line) {
  const [, row, shownSource, source, title, file] = SEED_ROW.exec(line) ?? [];
  if (row === undefined || source === undefined || title === undefined || file === undefined) return [];
  if (shownSource !== source) throw new Error(`${SEEDS}: the link says ${shownSource} and leads to ${source}`);
  return [{ document: SEEDS, row, source, file, title }];
}

const SURFACE_ROW = new RegExp(String.raw`^\| <a id="[^"]+"></a>${LINK} \|`);

/** Each row of the client surface is tried with its feature and without. @param {string} line */
export function surfaceRow(line) {
  const [, id, source] = SURFACE_ROW.exec(line) ?? [];
  if (id === undefined || source === undefined) return [];
  return ['holds', 'is missed when it is switched off'].map((title) => ({
    document: CLIENT_SURFACE,
    row: id,
    source,
    file: SURFACE_TEST,
    title: `'${id}' ${title}`,
  }));
}

/**
 * Those that the run did not have, or that did not pass: a test that is skipped proves nothing.
 *
 * @param {readonly DocumentedTest[]} tests
 * @param {{ testResults: FileResult[] }} report of vitest
 * @param {string} root of the repository
 */
export function unproven(tests, report, root) {
  const passed = new Map(
    report.testResults.map(({ name, assertionResults }) => [
      relative(root, name),
      assertionResults.filter(({ status }) => status === 'passed'),
    ]),
  );
  const anywhere = [...passed.values()].flat();
  return tests.filter((test) => {
    const candidates = test.file.endsWith('.test.ts') ? (passed.get(test.file) ?? []) : anywhere;
    return !candidates.some((candidate) => isSame(test, candidate));
  });
}

/** A scenario's test begins with the name of its file. @param {DocumentedTest} test @param {{ title: string, fullName: string }} candidate */
function isSame({ file, title }, candidate) {
  if (file.endsWith('.txt')) return candidate.title.startsWith(`${basename(file)}: `);
  return candidate.title === title || candidate.fullName === title;
}
