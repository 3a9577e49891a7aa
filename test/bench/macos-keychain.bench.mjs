// What the macos: store adds to the bare calls, with the double of Apple's frameworks (Linux only).
// The double signs with OpenSSL, as node:crypto does: what is left is ours. Figures are ratios of one
// run: absolute rates vary with the machine.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { openMacosStore } from '../../dist/keystore/macos/macos-store.js';
import { loadTestkit } from './load-testkit.mjs';

const { loadAppleDouble } = await loadTestkit('apple-double');
const { keyPair, TestCa } = await loadTestkit('test-ca');

const certificateCount = 1000;
const rounds = 21;
const message = Buffer.from('the message of the bench');
const keychain = '/Users/alice/Library/Keychains/login.keychain-db';

const { addon, control } = loadAppleDouble();
const issuing = TestCa.root().issueCa();

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function timeOf(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Medians of both, taken in turns, and of their ratio. */
async function compare(bare, ours) {
  const pairs = [];
  for (let i = 0; i < rounds; i++) pairs.push([await timeOf(bare), await timeOf(ours)]);
  return {
    bare: median(pairs.map(([first]) => first)),
    ours: median(pairs.map(([, second]) => second)),
    ratio: median(pairs.map(([first, second]) => second / first)),
  };
}

function add(label, pair) {
  const { publicKey, privateKey } = pair;
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const certificate = issuing.issue({ publicKey, commonName: label }).der;
  control.add({ keychain, label, certificate, privateKey: pkcs8 });
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

function open() {
  return openMacosStore(
    { keychain: undefined, sha256: undefined },
    { uri: 'macos:' },
    () => new addon.CertificateStore(),
  );
}

async function benchListing() {
  const pair = keyPair('p256');
  for (let i = 0; i < certificateCount; i++) add(`device ${i}`, pair);
  const native = new addon.CertificateStore();
  const store = open();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const { bare, ours, ratio } = await compare(
    () => native.list(),
    () => store.list(),
  );
  console.log(
    `list ${certificateCount} identities: addon ${bare.toFixed(1)} ms, store ${ours.toFixed(1)} ms (parsed, chains built): ${ratio.toFixed(2)} times`,
  );
  delay.enable();
  for (let i = 0; i < 20; i++) await native.list();
  delay.disable();
  console.log(
    `event-loop delay p99 while the addon lists: ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
  );
  native.close();
  await store.close();
  control.clear();
}

/** Signatures one after another, so that each pays for its way to the key thread and back. */
async function benchSigning(label, keyType, algorithm, options) {
  const key = add(label, keyPair(keyType));
  const store = open();
  const [identity] = (await store.list()).certificates;
  const native = new addon.CertificateStore();
  const digest = createHash('sha256').update(message).digest();
  const place = keychain;
  const count = keyType === 'rsa2048' ? 100 : 1000;
  const times = (work) => async () => {
    for (let i = 0; i < count; i++) await work();
  };
  const der = Buffer.from(identity.certificate.der);
  const viaAddon = await compare(
    times(() => sign('sha256', message, { key, ...options })),
    times(() => native.sign(place, der, algorithm, digest)),
  );
  const viaStore = await compare(
    times(() => sign('sha256', message, { key, ...options })),
    times(() => identity.signer.sign(algorithm, message)),
  );
  const added = ((viaStore.ours - viaStore.bare) / count) * 1000;
  console.log(
    `sign ${algorithm}: addon ${viaAddon.ratio.toFixed(2)}, store ${viaStore.ratio.toFixed(2)} times node:crypto in this process; one signature + ${added.toFixed(0)} µs`,
  );
  native.close();
  await store.close();
  control.clear();
}

await benchListing();
await benchSigning('rsa', 'rsa2048', 'RS256', {});
await benchSigning('ec', 'p256', 'ES256', { dsaEncoding: 'ieee-p1363' });
