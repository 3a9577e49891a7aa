/**
 * What verifying a proof costs against the bare crypto.verify calls that it must make, and how many
 * whole sign-ins server processes do. Runs on dist/: `npm run build && node test/bench/server.bench.mjs`.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { signatureAlgorithms } from '../../dist/core/index.js';
import { parseCertificate } from '../../dist/pki/index.js';
import { challengeClaims, encodeCompactJws } from '../../dist/protocol/index.js';
import { verifyDeviceProof } from '../../dist/verifier/index.js';
import { loadTestkit } from './load-testkit.mjs';
import { canLimitCpu, startBareServer, startServers } from './server-processes.mjs';
import { createLoad } from './sign-in-load.mjs';

const { TestCa } = await loadTestkit('test-ca');
const { TestDevice } = await loadTestkit('test-device');
const { PostgresqlServer } = await loadTestkit('postgresql');

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

const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];

/** As many sign-ins as one process does, and how long a proof takes under half of that load. */
async function measureOneProcess(storage, storageUrl, verification) {
  const scene = makeScene('p256', 64);
  const servers = await startServers({ authority: scene.root, count: 1, storageUrl });
  const load = createLoad(servers.origins, scene.devices);
  await load.saturate(2000);
  const cpuBefore = servers.cpu();
  const { rate, proofs } = await load.saturate(6000);
  const cpu = (servers.cpu() - cpuBefore) / proofs.length;
  const half = await load.paced(6000, rate / 2);
  await load.close();
  await servers.stop();
  report(`one process, ${storage}: whole sign-ins`, `${rate.toFixed(0)} per second`);
  const share = ((rate * verification) / 1000) * 100;
  report('  of what proof verification alone could do', `${share.toFixed(0)} %`);
  report('  server CPU per sign-in', microseconds(cpu));
  reportLateness('  proof under half of that load', half.proofs);
  reportLateness('  the same from a bare server', await measureBareProofs(scene, rate / 2, cpu));
}

function reportLateness(title, proofs) {
  const [middle, late] = [percentile(proofs, 0.5), percentile(proofs, 0.99)];
  const ratio = `${(late / middle).toFixed(1)} x`;
  report(
    `${title}: median, 99th percentile`,
    `${microseconds(middle)}, ${microseconds(late)} = ${ratio}`,
  );
}

/** What three requests of node:http cost by themselves, in milliseconds. */
const bareCost = 0.2;

/** How long proofs take where the machine and this load are all that makes them late. */
async function measureBareProofs(scene, rate, cpu) {
  const busy = Math.max(0, cpu - bareCost) / 3;
  const challenge = makeChallenge('https://auth.example', new Date());
  const server = await startBareServer(busy * 1000, challenge);
  const load = createLoad(server.origins, scene.devices);
  await load.paced(3000, rate);
  const { proofs } = await load.paced(6000, rate);
  await load.close();
  await server.stop();
  return proofs;
}

/** Share of a CPU that each process gets: what makes the load and the database must not be in its way. */
const cpuShare = 0.25;

/** What a second process on the same database adds, where neither can take the other's CPU. */
async function measureSecondProcess(storageUrl) {
  if (!canLimitCpu()) {
    report('a second process on the same PostgreSQL', 'not measured: it needs root and cgroups');
    return;
  }
  const one = await startLimited(1, await storageUrl());
  const two = await startLimited(2, await storageUrl());
  // In turn: what else the machine and the database do falls on both.
  for (let round = 0; round < 4; round += 1) for (const side of [one, two]) await side.measure();
  report(`1 of ${cpuShare} CPU, PostgreSQL: whole sign-ins`, `${one.rate().toFixed(0)} per second`);
  report(`2 of ${cpuShare} CPU each: whole sign-ins`, `${two.rate().toFixed(0)} per second`);
  report('  two processes against one', `${(two.rate() / one.rate()).toFixed(2)} x`);
  for (const side of [one, two]) await side.stop();
}

/** Processes that have run warm, each with a share of a CPU. */
async function startLimited(count, storageUrl) {
  const scene = makeScene('p256', 64);
  const servers = await startServers({ authority: scene.root, count, storageUrl });
  const load = createLoad(servers.origins, scene.devices);
  // With the whole CPU: on a share of it, a process would be translating its code all the time.
  await load.saturate(count * 5000);
  servers.limitCpu(cpuShare);
  const rates = [];
  return {
    async measure() {
      rates.push((await load.saturate(4000)).rate);
    },
    rate: () => rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
    async stop() {
      await load.close();
      await servers.stop();
    },
  };
}

console.log(`server bench: Node ${process.version}, ${availableParallelism()} cores`);
const verification = await measureVerification('p256');
await measureVerification('rsa2048');
await measureOneProcess('SQLite', undefined, verification);
const database = await PostgresqlServer.start();
await measureOneProcess('PostgreSQL', await database.createDatabase(), verification);
await measureSecondProcess(() => database.createDatabase());
await database.remove();
