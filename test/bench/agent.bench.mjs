// What the agent costs: to start, to keep, and per challenge. All figures are ratios or differences of
// one run, since absolute times vary with the machine. The two long ones are short unless told:
//
//   npm run bench -- agent [--idle-minutes 10] [--challenges 100000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent as HttpAgent, createServer, request } from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pkcs11js from 'pkcs11js';
import { openCertificateStore } from '../../dist/keystore/index.js';
import { parseCertificate } from '../../dist/pki/index.js';
import { challengeClaims, challengeType } from '../../dist/protocol/index.js';
import { loadTestkit } from './load-testkit.mjs';

const { freePorts } = await loadTestkit('free-ports');
const { SoftHsm, softHsmComponent } = await loadTestkit('softhsm');
const { TestCa } = await loadTestkit('test-ca');

const { values } = parseArgs({
  options: {
    'idle-minutes': { type: 'string', default: '1' },
    challenges: { type: 'string', default: '3000' },
  },
});
const idleMinutes = Number(values['idle-minutes']);
const manyChallenges = Number(values.challenges);
const program = fileURLToPath(new URL('../../dist/cli/countersign.js', import.meta.url));
const starts = 15;
const challenges = 300;
// The agent holds each origin to 5 challenges a second; so many of them let 320 through.
const origins = Array.from({ length: 64 }, (_, i) => `https://login-${i}.example.test`);
// It remembers what it has answered until a minute after the end, and of so many at most: these end soon.
const secondsAgo = 100;
const lifetimeSeconds = 45;

if (softHsmComponent.found === undefined) {
  console.error(`${softHsmComponent.name} is missing: ${softHsmComponent.howToGet}`);
  process.exit(1);
}

const token = new SoftHsm('bench');
const authority = TestCa.root({ commonName: 'Bench CA' });
const publicKey = token.generateKey({ type: 'rsa2048', id: '01' });
token.writeCertificate('01', 'device', authority.issue({ publicKey }));

const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const serverKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let submissionBegan = () => undefined;
const server = createServer((incoming, response) => {
  response.setHeader('content-type', 'application/json');
  if (incoming.method === 'GET') {
    const jwk = serverKey.publicKey.export({ format: 'jwk' });
    response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'bench' }] }));
    return;
  }
  incoming.resume().once('end', () => {
    const verdict = { transaction: 't', managed: true, code: 'device_managed', message: 'Yes.' };
    response.end(JSON.stringify(verdict));
  });
});
server.on('connection', () => submissionBegan());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const [port] = await freePorts(1);
const settingsFile = path.join(token.directory, 'agent.json');
writeFileSync(
  settingsFile,
  JSON.stringify({
    servers: [{ issuer, origins }],
    stores: [{ uri: token.uri, pinFile: token.pinFile }],
    ports: [port],
    stateDirectory: path.join(token.directory, 'state'),
  }),
);

await benchStart();
const agent = await startAgent();
await sleep(1_000);
const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)']);
children.add(bare);
await sleep(1_000);
benchMemory('before the first challenge');
await benchChallenges();
benchMemory('after the challenges');
await benchManyChallenges();
await benchIdle();
benchMemory(`after ${idleMinutes} idle minutes more`);
bare.kill();
await stop(agent);
server.close();
server.closeAllConnections();
token.dispose();

async function benchStart() {
  const bareTimes = [];
  const agentTimes = [];
  for (let i = 0; i < starts; i++) {
    const began = performance.now();
    await once(spawn(process.execPath, ['-e', '0']), 'close');
    bareTimes.push(performance.now() - began);
    const agentBegan = performance.now();
    const started = await startAgent();
    agentTimes.push(performance.now() - agentBegan);
    await stop(started);
  }
  const [bareTime, agentTime] = [median(bareTimes), median(agentTimes)];
  report('start until it listens', `${ms(agentTime)}, node -e 0 ${ms(bareTime)}`);
  report('  ratio (at most 3)', (agentTime / bareTime).toFixed(2));
}

function benchMemory(when) {
  const [agentMb, bareMb] = [residentMb(agent.pid), residentMb(bare.pid)];
  report(`resident ${when}`, `${agentMb.toFixed(1)} MB, bare Node ${bareMb.toFixed(1)} MB`);
  report('  more than bare Node (at most 25 MB)', `${(agentMb - bareMb).toFixed(1)} MB`);
  for (const child of childrenOf(agent.pid)) {
    report('  its module host, apart', `${residentMb(child).toFixed(1)} MB`);
  }
}

async function benchChallenges() {
  const connection = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const before = [];
  for (let i = 0; i < challenges; i++) {
    const challengeRequest = makeChallenge(origins[i % origins.length]);
    const began = performance.now();
    const submission = new Promise((resolve) => {
      submissionBegan = () => resolve(performance.now() - began);
    });
    const status = await deliver(connection, origins[i % origins.length], challengeRequest);
    if (status !== 200) throw new Error(`a challenge was answered ${status}`);
    if (i >= 20) before.push(await submission);
  }
  connection.destroy();
  const [challengeTime, signTime] = [median(before), median(ownSignatures())];
  const hostedTime = median(await hostedSignatures());
  report('challenge until its submission begins, p50', ms(challengeTime));
  report('the module’s own C_SignInit and C_Sign, p50', ms(signTime));
  report('the same through the hosted store, p50', ms(hostedTime));
  report('  what agent and host add (at most 1.0 ms)', ms(challengeTime - signTime));
  report('  of which the agent itself', ms(challengeTime - hostedTime));
}

/** Whether memory grows with the number of challenges: four browsers at a time, for a long while. */
async function benchManyChallenges() {
  // V8 lets garbage lie for a while: only many looks show what grows beneath.
  const steps = 100;
  const connection = new HttpAgent({ keepAlive: true, maxSockets: 4 });
  const resident = [];
  let next = 0;
  const browse = async (last) => {
    while (next < last) {
      const origin = origins[next++ % origins.length];
      let status = 429;
      while (status === 429) {
        status = await deliver(connection, origin, makeChallenge(origin));
        if (status === 429) await sleep(100);
      }
      if (status !== 200) throw new Error(`a challenge was answered ${status}`);
    }
  };
  for (let step = 1; step <= steps; step++) {
    const last = Math.round((manyChallenges * step) / steps);
    await Promise.all([1, 2, 3, 4].map(() => browse(last)));
    const [host] = childrenOf(agent.pid);
    resident.push([last, residentMb(agent.pid), residentMb(host)]);
  }
  connection.destroy();
  for (const [count, agentMb, hostMb] of resident.filter((_, i) => (i + 1) % (steps / 10) === 0)) {
    report(
      `resident after ${count} challenges`,
      `${agentMb.toFixed(1)} MB, module host ${hostMb.toFixed(1)} MB`,
    );
  }
  const later = resident.slice(steps / 10);
  for (const [name, column] of [
    ['agent', 1],
    ['module host', 2],
  ]) {
    const slope = slopeOf(later.map((row) => [row[0], row[column] * 1024]));
    report(`  growth after the first tenth, ${name}`, `${(slope * 1000).toFixed(2)} KB per 1000`);
  }
}

/** The least-squares line through points: how much y grows with each x. */
function slopeOf(points) {
  const meanOf = (column) => points.reduce((sum, point) => sum + point[column], 0) / points.length;
  const [x, y] = [meanOf(0), meanOf(1)];
  const rise = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return rise / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

async function benchIdle() {
  // What the challenges before have left to do (connections, garbage) is not idling.
  await sleep(10_000);
  const processes = [
    ['the agent', agent.pid],
    ...childrenOf(agent.pid).map((child) => ['its module host', child]),
  ];
  const before = processes.map(([, pid]) => [cpuSeconds(pid), wakeUps(pid)]);
  await sleep(idleMinutes * 60_000);
  processes.forEach(([name, pid], i) => {
    const [cpu, wakes] = [cpuSeconds(pid) - before[i][0], wakeUps(pid) - before[i][1]];
    report(
      `idle for ${idleMinutes} min, ${name} (at most 0.1 s in 10)`,
      `${cpu.toFixed(2)} s of CPU, ${(wakes / idleMinutes).toFixed(1)} wake-ups a minute`,
    );
  });
}

/** The same key, signed with by pkcs11js in this process: no agent, no child. */
function ownSignatures() {
  const module = new pkcs11js.PKCS11();
  module.load(token.modulePath);
  module.C_Initialize();
  const slot = module
    .C_GetSlotList(true)
    .find((candidate) => module.C_GetTokenInfo(candidate).label.trim() === token.label);
  const session = module.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION);
  module.C_Login(session, pkcs11js.CKU_USER, token.pin);
  module.C_FindObjectsInit(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
  ]);
  const [key] = module.C_FindObjects(session, 1);
  module.C_FindObjectsFinal(session);
  const digest = createHash('sha256').update('bench').digest();
  const parameter = {
    type: pkcs11js.CK_PARAMS_RSA_PSS,
    hashAlg: pkcs11js.CKM_SHA256,
    mgf: pkcs11js.CKG_MGF1_SHA256,
    saltLen: 32,
  };
  const times = [];
  for (let i = 0; i < challenges; i++) {
    const began = performance.now();
    module.C_SignInit(session, { mechanism: pkcs11js.CKM_RSA_PKCS_PSS, parameter }, key);
    module.C_Sign(session, digest, Buffer.alloc(256));
    times.push(performance.now() - began);
  }
  module.C_Finalize();
  return times;
}

/** The same key through the agent's own kind of store, here: its module in a process of its own. */
async function hostedSignatures() {
  const store = openCertificateStore({ uri: token.uri, pinFile: token.pinFile });
  const [{ signer }] = (await store.list()).certificates;
  const message = Buffer.alloc(2_000);
  const times = [];
  for (let i = 0; i < challenges; i++) {
    const began = performance.now();
    await signer.sign('PS256', message);
    times.push(performance.now() - began);
  }
  await store.close();
  return times;
}

function makeChallenge(origin) {
  const certificate = parseCertificate(authority.certificate.der);
  const issuedAt = Math.floor(Date.now() / 1000) - secondsAgo;
  const header = { alg: 'ES256', typ: challengeType, kid: 'bench' };
  const claims = challengeClaims({
    issuer,
    transaction: randomBytes(16).toString('base64url'),
    nonce: randomBytes(32).toString('base64url'),
    issuedAt,
    expiresAt: issuedAt + lifetimeSeconds,
    origins: [origin],
    responseUri: `${issuer}/v1/proofs`,
    authorityKeyIdentifiers: [certificate.subjectKeyIdentifier],
    issuerNames: [certificate.subject.der],
    algorithms: ['PS256'],
  });
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = { key: serverKey.privateKey, dsaEncoding: 'ieee-p1363' };
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function deliver(connection, origin, challengeRequest) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/challenge',
        agent: connection,
        headers: { origin, 'content-type': 'application/json' },
      },
      (response) => response.resume().once('end', () => resolve(response.statusCode)),
    );
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify({ challengeRequest }));
  });
}

async function startAgent() {
  const child = spawn(process.execPath, [program, 'run', '--config', settingsFile], {
    env: { ...process.env, XDG_RUNTIME_DIR: token.directory },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  await once(child.stdout, 'data');
  return child;
}

async function stop(child) {
  child.kill('SIGTERM');
  await once(child, 'close');
  children.delete(child);
}

function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** User and system time of all threads, in clock ticks of 10 ms, proc(5). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How often any of its threads has waited for something and gone on. */
function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))
    .reduce((sum, status) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)[1]), 0);
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function ms(milliseconds) {
  return `${milliseconds.toFixed(2)} ms`;
}

function report(what, figure) {
  console.log(`${what.padEnd(48)}${figure}`);
}
