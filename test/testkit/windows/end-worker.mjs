// For host.mjs: a worker thread is terminated while its signature is under way.
import { Buffer } from 'node:buffer';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { loadNativeAddon } from '../../../dist/native/index.js';

/** @param {{ store: string, der: string }} identity - its key takes its time to sign */
export default async function endWorkerWhileSigning(identity) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: identity });
  await new Promise((resolve) => worker.once('message', resolve));
  return worker.terminate();
}

if (!isMainThread) {
  const { CertificateStore } = loadNativeAddon();
  const store = new CertificateStore();
  const der = new Uint8Array(Buffer.from(workerData.der, 'base64'));
  await store.list();
  void store.sign(workerData.store, der, 'ES256', new Uint8Array(32));
  void store.watch(() => undefined);
  parentPort.postMessage('signing');
  // The store is neither closed nor collected: the end of the thread finds it as it is.
  globalThis.setInterval(() => store, 1000);
}
