// What the agent costs: to start, to keep, and per challenge. All figures are ratios or differences of
// one run, since absolute times vary with the machine.
//
//   node test/bench/agent.bench.mjs [--idle-seconds 60]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent as HttpAgent, createServer, request } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
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

const { SoftHsm, softHsmComponent } = await loadTestkit('softhsm');
const { TestCa } = await loadTestkit('test-ca');

const { values } = parseArgs({ options: { 'idle-seconds': { type: 'string', default: '60' } } });
const idleSeconds = Number(values['idle-seconds']);
const program = fileURLToPath(new URL('../../dist/cli/countersign.js', import.meta.url));
const starts = 15;
const challenges = 300;
// The agent holds each origin to a pace; so many of them stay below it.
const origins = Array.from({ length: 12 }, (_, i) => `https://login-${i}.example.test`);

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
const port = await freePort();
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
await benchIdle();
benchMemory(`after ${idleSeconds} idle seconds more`);
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
    const challengeRequest = makeChallenge();
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

async function benchIdle() {
  const [cpuBefore, wakeBefore] = [cpuSeconds(agent.pid), wakeUps(agent.pid)];
  await sleep(idleSeconds * 1_000);
  const [cpu, wakes] = [cpuSeconds(agent.pid) - cpuBefore, wakeUps(agent.pid) - wakeBefore];
  report(`CPU over ${idleSeconds} idle seconds`, `${cpu.toFixed(2)} s, ${wakes} wake-ups`);
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

function makeChallenge() {
  const certificate = parseCertificate(authority.certificate.der);
  const issuedAt = Math.floor(Date.now() / 1000);
  const header = { alg: 'ES256', typ: challengeType, kid: 'bench' };
  const claims = challengeClaims({
    issuer,
    transaction: randomBytes(16).toString('base64url'),
    nonce: randomBytes(32).toString('base64url'),
    issuedAt,
    expiresAt: issuedAt + 120,
    origins,
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

async function freePort() {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port: free } = holder.address();
  holder.close();
  await once(holder, 'close');
  return free;
}

function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** User and system time in clock ticks of 10 ms, proc(5). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function wakeUps(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)[1]);
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
