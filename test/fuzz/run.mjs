/**
 * Long fuzzing: `npm run fuzz -- --minutes N [--seed N]`. Prints what became of the turns, the
 * memory, and the turn that took longest, once a minute; ends with the seed and turn that failed,
 * which reproduce the failure.
 */
import { parseArgs } from 'node:util';
import { loadTestkit } from '../bench/load-testkit.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- --minutes N [--seed N]');
  process.exit(2);
}

const { fuzzPki } = await loadTestkit('pki-fuzz');
const { Dice } = await loadTestkit('pki-random-paths');
const outcomes = new Map();
const end = Date.now() + minutes * 60_000;
let nextReport = Date.now() + 60_000;
let turn = 0;
let slowest = { seed, milliseconds: 0 };

function report() {
  const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(`seed ${seed}: ${turn} turns, ${megabytes} MB resident`);
  console.log(`  longest turn ${slowest.milliseconds.toFixed(1)} ms, of seed ${slowest.seed}`);
  for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1])) {
    console.log(`  ${String(count).padStart(9)} ${outcome}`);
  }
}

for (; Date.now() < end; turn++) {
  // Each turn has dice of its own, so that one failure is one number.
  try {
    const start = performance.now();
    const outcome = await fuzzPki(new Dice(seed + turn));
    const milliseconds = performance.now() - start;
    if (milliseconds > slowest.milliseconds) slowest = { seed: seed + turn, milliseconds };
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  } catch (error) {
    console.error(`seed ${seed + turn} fails:`, error);
    process.exit(1);
  }
  if (Date.now() >= nextReport) {
    report();
    nextReport += 60_000;
  }
}
report();
