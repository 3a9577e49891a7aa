// Server processes to measure: one or several on one storage, each with a share of a CPU if wanted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { silentLogger, systemClock, systemRandom } from '../../dist/core/index.js';
import {
  createAuthorities,
  openDataDirectory,
  openPostgresqlStorage,
  openSqliteStorage,
} from '../../dist/server/index.js';

const program = fileURLToPath(new URL('../../dist/cli/countersign-server.js', import.meta.url));
const bareProgram = fileURLToPath(new URL('bare-server.mjs', import.meta.url));

/** Linux' control groups, version 1; version 2 has its quota in another file. */
const groups = '/sys/fs/cgroup/cpu';

/** Whether this machine lets us limit the CPU of a process. */
export function canLimitCpu() {
  try {
    accessSync(`${groups}/cpu.cfs_quota_us`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Has a process run for a share of each tenth of a second. @returns ends it, once the process has */
function limitCpu(processId, share) {
  const group = `${groups}/countersign-bench-${processId}`;
  mkdirSync(group);
  writeFileSync(`${group}/cpu.cfs_period_us`, '10000');
  writeFileSync(`${group}/cpu.cfs_quota_us`, String(10000 * share));
  writeFileSync(`${group}/cgroup.procs`, String(processId));
  return () => {
    rmdirSync(group);
  };
}

/**
 * Starts `countersign-server run` once or several times on one storage that trusts a CA.
 *
 * @param {{ authority: object, count: number, storageUrl?: string }} options
 */
export async function startServers({ authority, count, storageUrl }) {
  const directory = mkdtempSync(`${tmpdir()}/countersign-bench-`);
  await trust(authority, `${directory}/data`, storageUrl);
  const many = 10_000_000;
  const limits = { challengesPerMinute: many, proofsPerMinute: many, requestsPerMinute: many };
  const settings = { limits, log: { level: 'warn' } };
  if (storageUrl !== undefined) settings.storage = { url: storageUrl };
  writeFileSync(`${directory}/server.json`, JSON.stringify(settings));
  const children = [];
  for (let index = 0; index < count; index += 1) children.push(await startOne(directory));
  const ends = [];
  return {
    origins: children.map(({ origin }) => origin),
    /** Gives each a share of a CPU from now on. */
    limitCpu(share) {
      for (const { child } of children) ends.push(limitCpu(child.pid, share));
    },
    /** CPU milliseconds that all have used so far. */
    cpu: () => children.reduce((sum, { child }) => sum + cpuOf(child.pid), 0),
    async stop() {
      for (const { child } of children) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      for (const end of ends) end();
      rmSync(directory, { recursive: true });
    },
  };
}

async function trust({ certificate }, dataDirectory, storageUrl) {
  const data = openDataDirectory(dataDirectory, systemRandom);
  const storage =
    storageUrl === undefined
      ? await openSqliteStorage(data.databasePath)
      : await openPostgresqlStorage({ url: storageUrl, logger: silentLogger });
  await createAuthorities(storage.authorities, systemClock).add(certificate.der);
  await storage.close();
}

/** Starts what test/bench/bare-server.mjs says. */
export async function startBareServer(microseconds, challengeRequest) {
  const { child, origin } = await listen([bareProgram, String(microseconds), challengeRequest]);
  return {
    origins: [origin],
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function startOne(directory) {
  return listen([
    ...[program, 'run', '--listen', '127.0.0.1:0', '--config', `${directory}/server.json`],
    ...['--data-dir', `${directory}/data`],
  ]);
}

async function listen(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, origin: /^listening on (\S+)/.exec(String(line))?.[1] };
}

function cpuOf(processId) {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
