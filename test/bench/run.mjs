// Runs every bench, one after another, each in a process of its own:
// npm run bench [-- NAME ... [--FLAG ...]]. Flags are the named benches' own.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('.', import.meta.url));
const suffix = '.bench.mjs';
const all = readdirSync(directory)
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length))
  .sort();
const given = process.argv.slice(2);
const firstFlag = given.findIndex((argument) => argument.startsWith('--'));
const wanted = firstFlag < 0 ? given : given.slice(0, firstFlag);
const flags = given.slice(wanted.length);
const unknown = wanted.filter((name) => !all.includes(name));
if (flags.length > 0 && wanted.length === 0) {
  console.error(`Name the bench that ${flags[0]} is for; there are: ${all.join(', ')}.`);
  process.exit(2);
}
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}"; there are: ${all.join(', ')}.`);
  process.exit(2);
}

for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n== ${name}`);
  const bench = `${directory}${name}${suffix}`;
  const { status } = spawnSync(process.execPath, ['--expose-gc', bench, ...flags], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
