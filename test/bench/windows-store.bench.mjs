// What the windows: store adds to the bare calls, in Wine with the double of ncrypt.dll (Linux only),
// and whether it holds on to memory. Figures are ratios of one run: absolute rates vary with the
// machine. Needs scripts/prepare-windows-tests.
//   node test/bench/windows-store.bench.mjs [ROUNDS_OF_THE_MEMORY_TEST]      1000 unless told
import { fileURLToPath } from 'node:url';
import { loadTestkit } from './load-testkit.mjs';

const { cngKey, userStore, WindowsFixture } = await loadTestkit('windows/windows-provider');
const { windowsPath } = await loadTestkit('windows/windows-host');

const certificates = 1000;
const rounds = Number(process.argv[2] ?? 1000);
const script = windowsPath(
  fileURLToPath(new URL('../testkit/windows/measure.mjs', import.meta.url)),
);

const windows = new WindowsFixture();
const { publicKey, keyPem } = windows.issuing.issue();

/** Renewals of one key: certificates differ, and the key is opened for each. */
function issue(count) {
  return Array.from({ length: count }, (_, i) =>
    windows.issuing.issue({ publicKey, commonName: `device ${i}` }),
  ).map(({ der }) => der);
}

await windows.start();
try {
  windows.writeKey('device', keyPem);
  const [first] = issue(1);
  await windows.addAll([first], 'device', cngKey('device'));
  const der = first.toString('base64');
  const memory = await windows.host.call('run', [
    script,
    { task: 'memory', der, rounds, userStore },
  ]);
  console.log(
    `${rounds} lists and signatures: resident set ${memory.grownMiB.toFixed(1)} MiB larger after the last nine tenths, ${memory.handles} key handles open`,
  );
  const sign = await windows.host.call('run', [script, { task: 'sign', der, userStore }]);
  console.log(
    `sign ES256: addon ${sign.addon.toFixed(2)}, store ${sign.store.toFixed(2)} times the bare calls (${sign.bareMs.toFixed(2)} ms)`,
  );
  await windows.addAll(issue(certificates - 1), 'device', cngKey('device'));
  const list = await windows.host.call('run', [script, { task: 'list', der, userStore }]);
  console.log(
    `list ${certificates} identities: addon ${list.addon.toFixed(2)}, store ${list.store.toFixed(2)} times the bare calls (${list.bareMs.toFixed(0)} ms)`,
  );
  const [slow] = issue(1);
  windows.writeKey('slow', keyPem, { delay: '500' });
  await windows.addAll([slow], 'slow', cngKey('slow'));
  const delay = await windows.host.call('run', [
    script,
    { task: 'delay', der: slow.toString('base64'), userStore },
  ]);
  console.log(
    `event-loop delay p99 while the provider takes 500 ms to sign: ${delay.toFixed(1)} ms`,
  );
} finally {
  await windows.stop();
}
