// A program of its own, beside host.mjs: how a process with a store in use ends.
//   node end-process.mjs exit|wait STORE DER      DER in base64; its key takes its time to sign
import { Buffer } from 'node:buffer';
import { loadNativeAddon } from '../../../dist/native/index.js';

const [how, place, der] = process.argv.slice(2);
const { CertificateStore } = loadNativeAddon();

// A watch must not keep the process alive; a signature must.
await new CertificateStore().watch(() => undefined);
const store = new CertificateStore();
await store.list();
const certificate = new Uint8Array(Buffer.from(der, 'base64'));
const signing = store.sign(place, certificate, 'ES256', new Uint8Array(32));
if (how === 'exit') process.exit(7);
signing.then((signature) => {
  process.exitCode = signature.length;
});
