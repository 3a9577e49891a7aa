// Prints what a vitest run came to: skipped suites by name, then "N passed, N failed".
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = new Set();
for (const file of report.testResults) {
  for (const test of file.assertionResults) {
    if (test.status === 'pending' || test.status === 'skipped') {
      skipped.add(test.ancestorTitles[0] ?? test.title);
    }
  }
}
for (const suite of skipped) console.log(`skipped: ${suite}`);

// A file that could not even be loaded has no tests to count: it is one failure.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
const tail = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : '';
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken} failed${tail}`);
process.exitCode = report.success && report.numPassedTests > 0 ? 0 : 1;
