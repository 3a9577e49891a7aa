// Uses and misuses the addon, as built against the Apple double: thousands of calls, stores closed
// and workers ended in the midst of one, garbage collected. Prints by how much the process grew in
// each third of the rounds, after as many to warm up, and what stayed alive; a crash or a sanitizer's
// report ends the process.
//   node --expose-gc test/native/stress.mjs FOLDER_OF_THE_ADDONS ROUNDS
import { Buffer } from 'node:buffer';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [folder, rounds] = isMainThread ? process.argv.slice(2) : workerData;
const require = createRequire(import.meta.url);
const addon = require(path.resolve(folder, 'countersign.node'));
const store = 'data protection keychain';
const certificate = Buffer.from('a certificate');
const digest = createHash('sha256').update('message').digest();

const sign = (from) => from.sign(store, certificate, 'ES256', digest);

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    if (typeof error.facility === 'string') return error;
    throw error;
  }
  throw new Error('a call succeeded that should not have');
}

/** Bytes that the process holds once there is no garbage. */
function residentBytes() {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

async function listAndSign() {
  const opened = new addon.CertificateStore();
  const readings = [];
  for (let third = 0; third <= 3; third++) {
    for (let i = 0; i < Number(rounds) / 3; i++) {
      const { certificates } = await opened.list();
      if (certificates.length !== 1) throw new Error(`${certificates.length} certificates`);
      const signature = await sign(opened);
      if (signature.length !== 64) throw new Error(`${signature.length} bytes`);
    }
    readings.push(residentBytes());
  }
  const grown = readings.slice(1).map((reading, third) => reading - readings[third]);
  console.log(`KiB grown: ${grown.map((bytes) => Math.round(bytes / 1024)).join(' ')}`);
  await refused(opened.sign('no such place', certificate, 'ES256', digest));
  await refused(opened.sign(store, Buffer.alloc(0), 'ES256', digest));
  await refused(opened.sign(store, certificate, 'ES256', Buffer.alloc(31)));
  opened.close();
  await refused(opened.list());
}

/** Closes, or forgets, stores whose calls are under way. */
async function abandon() {
  for (let i = 0; i < 50; i++) {
    const closed = new addon.CertificateStore();
    const pending = [sign(closed), closed.list(), sign(closed)].map((call) => call.catch(() => {}));
    if (i % 2 === 0) closed.close();
    await Promise.all(pending);
  }
}

/** Ends workers that have calls under way. */
async function terminateWorkers() {
  for (let i = 0; i < 10; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: [folder, rounds] });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
}

if (isMainThread) {
  const control = require(path.resolve(folder, 'control.node'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  control.clear();
  control.add({ label: 'device', certificate, privateKey: pkcs8 });
  control.force('com.example.agent', 'issuer', 'https://login.example');
  for (const step of [listAndSign, abandon, terminateWorkers]) await step();
  for (let i = 0; i < 200; i++) {
    const [source] = await addon.readManagedPolicy('com.example.agent', ['issuer', 'absent']);
    if (source.values.issuer !== 'https://login.example') throw new Error('no policy');
  }
  control.clear();
  // The stores' threads end after their last call; what they hold goes with them.
  for (let i = 0; i < 100 && control.liveObjects() > 0; i++) {
    globalThis.gc?.();
    await setTimeout(20);
  }
  console.log(`objects alive: ${control.liveObjects()}`);
} else {
  const opened = new addon.CertificateStore();
  const forever = () => sign(opened).then(forever);
  for (let i = 0; i < 8; i++) void forever();
  await opened.list();
  parentPort.postMessage('busy');
}
