/**
 * Vitest's JSON report in one line. What failed without being a test must not look like success, so it counts as one
 * failure each: a file that did not load, a failed hook, and a run that failed for anything else (an unhandled rejection).
 *
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} report
 * @param {boolean} succeeded whether vitest itself was content
 */
export function summarize(report, succeeded) {
  const statuses = report.testResults.flatMap((file) => file.assertionResults.map((test) => test.status));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const passed = statuses.filter((status) => status === 'passed').length;
  const failures = statuses.filter((status) => status === 'failed').length + brokenFiles.length;
  const skipped = statuses.filter((status) => status !== 'passed' && status !== 'failed').length;
  const failed = succeeded ? failures : Math.max(failures, 1);
  return { failed, line: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}` };
}
