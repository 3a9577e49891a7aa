/**
 * What verifying a proof costs against the bare crypto.verify calls that it must make, and how many
 * whole sign-ins one server process does. Runs on dist/: `npm run build && node test/bench/server.bench.mjs`.
 */
import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { signatureAlgorithms, systemClock, systemRandom } from '../../dist/core/index.js';
import { parseCertificate } from '../../dist/pki/index.js';
import { challengeClaims, encodeCompactJws } from '../../dist/protocol/index.js';
import {
  createAuthorities,
  openDataDirectory,
  openSqliteStorage,
} from '../../dist/server/index.js';
import { verifyDeviceProof } from '../../dist/verifier/index.js';
import { loadTestkit } from './load-testkit.mjs';

const { TestCa } = await loadTestkit('test-ca');
const { TestDevice } = await loadTestkit('test-device');

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const microseconds = (value) => `${(value * 1000).toFixed(0)} us`;
const report = (title, value) => {
  console.log(`${title.padEnd(64)} ${value}`);
};

async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const challengeKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** A challenge as a server would make it. */
function makeChallenge(issuer, now) {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = challengeClaims({
    issuer,
    transaction: randomBytes(16).toString('base64url'),
    nonce: randomBytes(32).toString('base64url'),
    issuedAt,
    expiresAt: issuedAt + 120,
    origins: [issuer],
    responseUri: `${issuer}/v1/proofs`,
    authorityKeyIdentifiers: [],
    issuerNames: [Buffer.from('3000', 'hex')],
    algorithms: signatureAlgorithms,
  });
  const header = { typ: 'device-challenge+jwt', alg: 'ES256', kid: 'bench' };
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signingInput = `${encode(header)}.${encode(claims)}`;
  const key = { key: challengeKey, dsaEncoding: 'ieee-p1363' };
  return encodeCompactJws(signingInput, sign('sha256', Buffer.from(signingInput), key));
}

/** Proofs of devices of one kind, and what it takes to check them. */
function makeScene(keyType, deviceCount) {
  const root = TestCa.root({ keyType });
  const issuing = root.issueCa({ keyType });
  const authorities = [{ id: 'root', certificate: parseCertificate(root.certificate.der) }];
  const devices = Array.from({ length: deviceCount }, () => {
    const leaf = issuing.issue({ keyType });
    return { leaf, device: new TestDevice(leaf, issuing) };
  });
  const submission = ({ device, leaf }) => {
    const challenge = makeChallenge('https://auth.example', new Date());
    return { proof: device.prove(challenge, new Date()), challenge, leaf };
  };
  return { root, issuing, authorities, devices, submission };
}

async function verifyOne({ proof, challenge }, authorities) {
  const challenges = { take: () => Promise.resolve(challenge) };
  const result = await verifyDeviceProof({ proof, challenges, authorities, now: new Date() });
  if (!result.managed) throw new Error(result.message);
}

/** The calls that no verifier can do without: the proof, the leaf, the issuing CA; keys imported. */
function bareChecks({ proof, leaf }, { root, issuing }) {
  const key = (certificate) => {
    const { der } = parseCertificate(certificate.der).publicKey;
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  };
  const [header, payload, signature] = proof.split('.');
  const certificateCheck = (certificate, issuer) => {
    const { tbsDer, signature: value } = parseCertificate(certificate.der);
    return [tbsDer, { key: key(issuer) }, value];
  };
  const calls = [
    [
      Buffer.from(`${header}.${payload}`),
      { key: key(leaf), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    ],
    certificateCheck(leaf, issuing.certificate),
    certificateCheck(issuing.certificate, root.certificate),
  ];
  return () => {
    for (const call of calls) if (!verify('sha256', ...call)) throw new Error('bare check failed');
  };
}

/** @returns milliseconds that one verification of a new device takes, in a warm process */
async function measureVerification(keyType) {
  const rounds = 300;
  const scene = makeScene(keyType, keyType === 'rsa2048' ? 8 : rounds);
  const deviceAt = (i) => scene.devices[i % scene.devices.length];
  const first = await timed(() => verifyOne(scene.submission(deviceAt(0)), scene.authorities));
  const times = { newDevice: [], sameDevice: [], bare: [] };
  for (let i = 0; i < rounds; i++) {
    const fresh = scene.submission(deviceAt(i));
    const again = scene.submission(scene.devices[0]);
    const bare = bareChecks(fresh, scene);
    times.newDevice.push(await timed(() => verifyOne(fresh, scene.authorities)));
    times.sameDevice.push(await timed(() => verifyOne(again, scene.authorities)));
    times.bare.push(await timed(bare));
  }
  const bare = median(times.bare);
  const [newDevice, sameDevice] = [median(times.newDevice), median(times.sameDevice)];
  const line = (value) => `${microseconds(value)} = ${(value / bare).toFixed(2)} x`;
  report(`${keyType}: the 3 bare crypto.verify calls`, microseconds(bare));
  report(`${keyType}: first verification in the process (cold)`, line(first));
  report(`${keyType}: another device each time`, line(newDevice));
  report(`${keyType}: the same device again (warm)`, line(sameDevice));
  return newDevice;
}

/** Starts `countersign-server run` on data that trusts a CA. */
async function startServer(root) {
  const directory = mkdtempSync(`${tmpdir()}/countersign-bench-`);
  const data = openDataDirectory(`${directory}/data`, systemRandom);
  const storage = openSqliteStorage(data.databasePath);
  await createAuthorities(storage.authorities, systemClock).add(root.certificate.der);
  await storage.close();
  const many = 10_000_000;
  const limits = { challengesPerMinute: many, proofsPerMinute: many, requestsPerMinute: many };
  writeFileSync(`${directory}/server.json`, JSON.stringify({ limits, log: { level: 'warn' } }));
  const program = fileURLToPath(new URL('../../dist/cli/countersign-server.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      ...[program, 'run', '--listen', '127.0.0.1:0', '--config', `${directory}/server.json`],
      ...['--data-dir', `${directory}/data`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  const origin = /^listening on (\S+)/.exec(String(line))?.[1];
  return {
    origin,
    /** CPU milliseconds used so far; undefined where the system does not tell. */
    cpu() {
      if (process.platform !== 'linux') return undefined;
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(directory, { recursive: true });
    },
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function call(origin, method, path, headers = {}, body = '') {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    const options = { agent, method, headers: { ...headers, ...length } };
    const sent = request(origin + path, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ text, headers: response.headers });
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Challenge, proof, poll: what a sign-in asks of the server. @returns milliseconds the proof took */
async function signIn(origin, { device }) {
  const started = await call(origin, 'POST', '/v1/challenges', { origin });
  const { transaction, challengeRequest } = JSON.parse(started.text);
  const cookie = started.headers['set-cookie'][0].split(';')[0];
  const proof = device.prove(challengeRequest, new Date());
  const jwt = { 'content-type': 'application/jwt' };
  const took = await timed(() => call(origin, 'POST', '/v1/proofs', jwt, proof));
  const polled = await call(origin, 'GET', `/v1/transactions/${transaction}`, { cookie });
  if (JSON.parse(polled.text).status !== 'managed') throw new Error(polled.text);
  return took;
}

async function measureSignIns(seconds, concurrency, verification) {
  const scene = makeScene('p256', 64);
  const server = await startServer(scene.root);
  const load = async (milliseconds) => {
    const end = performance.now() + milliseconds;
    const proofs = [];
    const worker = async (offset) => {
      for (let i = offset; performance.now() < end; i += concurrency) {
        proofs.push(await signIn(server.origin, scene.devices[i % scene.devices.length]));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, (_, i) => worker(i)));
    return proofs;
  };
  await load(2000);
  const cpuBefore = server.cpu();
  const start = performance.now();
  const proofs = await load(seconds * 1000);
  const elapsed = (performance.now() - start) / 1000;
  const cpu = server.cpu() - cpuBefore;
  await server.stop();
  const rate = proofs.length / elapsed;
  report(`whole sign-ins, ${concurrency} at a time, SQLite`, `${rate.toFixed(0)} per second`);
  const share = ((rate * verification) / 1000) * 100;
  report('  of what proof verification alone could do', `${share.toFixed(0)} %`);
  if (!Number.isNaN(cpu)) {
    report('  server CPU per sign-in', microseconds(cpu / proofs.length));
  }
  report(
    '  proof, median and 99th percentile',
    [microseconds(median(proofs)), microseconds(proofs[Math.floor(proofs.length * 0.99)])].join(
      ', ',
    ),
  );
}

console.log(`server bench: Node ${process.version}, ${availableParallelism()} cores`);
const verification = await measureVerification('p256');
await measureVerification('rsa2048');
await measureSignIns(5, 8, verification);
agent.destroy();
