// What hosting a PKCS#11 module in a process of its own costs, against pkcs11js in this process. All
// figures are ratios or differences of one run: absolute rates vary with the machine.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import pkcs11js from 'pkcs11js';
import { openCertificateStore } from '../../dist/keystore/index.js';
import { loadTestkit } from './load-testkit.mjs';

const { SoftHsm, softHsmComponent } = await loadTestkit('softhsm');
const { FakeModule, compilerComponent } = await loadTestkit('fake-module');
const { TestCa } = await loadTestkit('test-ca');

const rounds = 31;
const roundMs = 100;
const concurrency = 32;
const message = Buffer.from('the message of the bench');

for (const component of [softHsmComponent, compilerComponent]) {
  if (component.found === undefined) {
    console.error(`${component.name} is missing: ${component.howToGet}`);
    process.exit(1);
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** pkcs11js in this process: C_SignInit and C_Sign, synchronous, one session. */
class InProcess {
  constructor(token) {
    this.module = new pkcs11js.PKCS11();
    this.module.load(token.modulePath);
    this.module.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
    const slot = this.module
      .C_GetSlotList(true)
      .find((candidate) => this.module.C_GetTokenInfo(candidate).label.trim() === token.label);
    this.session = this.module.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION);
    this.module.C_Login(this.session, pkcs11js.CKU_USER, token.pin);
  }

  key(id) {
    this.module.C_FindObjectsInit(this.session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
      { type: pkcs11js.CKA_ID, value: Buffer.from(id, 'hex') },
    ]);
    const [key] = this.module.C_FindObjects(this.session, 1);
    this.module.C_FindObjectsFinal(this.session);
    return key;
  }

  /** The same work as the store does: hash, wrap where needed, sign. */
  sign(key, algorithm) {
    const digest = createHash('sha256').update(message).digest();
    const rsa = algorithm === 'RS256';
    const data = rsa ? Buffer.concat([digestInfo, digest]) : digest;
    const mechanism = rsa ? pkcs11js.CKM_RSA_PKCS : pkcs11js.CKM_ECDSA;
    this.module.C_SignInit(this.session, { mechanism }, key);
    return this.module.C_Sign(this.session, data, Buffer.alloc(rsa ? 256 : 64));
  }
}

const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function rateInProcess(sign) {
  const end = performance.now() + roundMs;
  const start = performance.now();
  let count = 0;
  while (performance.now() < end) {
    sign();
    count++;
  }
  return count / (performance.now() - start);
}

async function rateHosted(sign) {
  const start = performance.now();
  const end = start + roundMs;
  let count = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await sign();
      count++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return count / (performance.now() - start);
}

async function latencies(sign, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await sign();
    times.push(performance.now() - start);
  }
  return median(times);
}

/** CPU time of a process's main thread, in milliseconds; only Linux tells it. */
function cpuTime(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/**
 * Signatures per CPU second of the busier of the two processes, against those of this one alone: the
 * ratio of rates that two free cores give, also on a machine that has none to spare.
 */
async function ratioByCpuTime(inProcess, hosted, host) {
  const count = 1500;
  const localStart = cpuTime(process.pid);
  for (let i = 0; i < count; i++) inProcess();
  const local = cpuTime(process.pid) - localStart;
  const [here, there] = [cpuTime(process.pid), cpuTime(host)];
  for (let i = 0; i < count; i += concurrency) {
    await Promise.all(Array.from({ length: concurrency }, hosted));
  }
  return local / Math.max(cpuTime(process.pid) - here, cpuTime(host) - there);
}

async function compare(name, algorithm, inProcess, hosted, host) {
  const ratios = [];
  const cpuRatios = [];
  await hosted();
  inProcess();
  for (let i = 0; i < rounds; i++) {
    const local = rateInProcess(inProcess);
    const remote = await rateHosted(hosted);
    ratios.push(remote / local);
  }
  for (let i = 0; i < 5 && host !== undefined; i++) {
    cpuRatios.push(await ratioByCpuTime(inProcess, hosted, host));
  }
  const added = (await latencies(hosted, 300)) - (await latencies(inProcess, 300));
  const target = algorithm === 'RS256' ? 0.9 : 0.5;
  const byCpu = host === undefined ? '' : `, by CPU time ${median(cpuRatios).toFixed(2)}`;
  console.log(
    `${name}: signatures/s hosted / in process ${median(ratios).toFixed(2)}${byCpu} (target >= ${target}); one signature p50 + ${(added * 1000).toFixed(0)} µs`,
  );
}

function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

/** The process that hosts the module; undefined where /proc does not tell. */
function hostProcess() {
  if (process.platform !== 'linux') return undefined;
  const path = `/proc/${process.pid}/task/${process.pid}/children`;
  const children = readFileSync(path, 'utf8').trim().split(' ');
  return children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('child-main'),
  );
}

const token = new SoftHsm('bench');
const ca = TestCa.root();
for (const [id, type] of [
  ['01', 'rsa2048'],
  ['02', 'p256'],
]) {
  const publicKey = token.generateKey({ id, type, label: type });
  token.writeCertificate(id, type, ca.issue({ publicKey }));
}

const local = new InProcess(token);
const opening = performance.now();
const store = openCertificateStore({ uri: token.uri, pinFile: token.pinFile });
const { certificates } = await store.list();
console.log(`store opened, logged in and listed in ${(performance.now() - opening).toFixed(0)} ms`);
const host = hostProcess();
const signerOf = (label) => certificates.find((entry) => entry.label === label).signer;
for (const [label, id, algorithm, name] of [
  ['rsa2048', '01', 'RS256', 'SoftHSM RSA-2048'],
  ['p256', '02', 'ES256', 'SoftHSM P-256'],
]) {
  const key = local.key(id);
  const signer = signerOf(label);
  await compare(
    name,
    algorithm,
    () => local.sign(key, algorithm),
    () => signer.sign(algorithm, message),
    host,
  );
}
const listing = await latencies(() => store.list(), 30);
console.log(`list() of ${certificates.length} certificates p50 ${listing.toFixed(2)} ms`);

if (host !== undefined) {
  const bare = Number(
    execFileSync(process.execPath, [
      '-e',
      'setTimeout(() => console.log(process.memoryUsage().rss / 1048576), 500)',
    ]),
  );
  const hosted = residentMegabytes(host);
  console.log(
    `module host RSS ${hosted.toFixed(0)} MB, bare Node ${bare.toFixed(0)} MB: + ${(hosted - bare).toFixed(0)} MB`,
  );
}
await store.close();
token.dispose();

const fake = new FakeModule();
const slow = openCertificateStore({ uri: fake.uri, pinFile: fake.pinFile });
const [{ signer }] = (await slow.list()).certificates;
await signer.sign('RS256', message);
fake.behave({ sign_sleep_ms: 500 });
/** The p99 of the event loop's delay, in milliseconds, while something goes on. */
async function loopDelay(action) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await action();
  delay.disable();
  return delay.percentile(99) / 1e6;
}

const idle = await loopDelay(() => new Promise((resolve) => setTimeout(resolve, 2000)));
const busy = await loopDelay(async () => {
  for (let i = 0; i < 4; i++) await signer.sign('RS256', message);
});
console.log(
  `event-loop delay p99 while the module sleeps 500 ms in C_Sign: ${busy.toFixed(2)} ms (target < 5; with nothing to do: ${idle.toFixed(2)} ms)`,
);
await slow.close();
fake.dispose();
