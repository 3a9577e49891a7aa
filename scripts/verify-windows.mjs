// What the windows: store sees and can do on this Windows, as a report to send back. Names no
// certificate, user or device. scripts/verify-windows.ps1 runs it.
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { release, version } from 'node:os';
import { performance } from 'node:perf_hooks';
import { openCertificateStore } from '../dist/keystore/index.js';
import { loadNativeAddon } from '../dist/native/index.js';

/** Leaves out thumbprints and labels. */
const anonymous = (text) => text.replace(/\/[0-9A-F]{40}/gi, '/…').replace(/“[^”]*”/g, '“…”');

/** A name for a certificate that means nothing to others. */
const alias = (der) => createHash('sha256').update(der).digest('hex').slice(0, 8);

/** Uses a key once with each algorithm. Nothing is asked of the user, whatever the key says. */
async function tryKey(entry) {
  const outcomes = {};
  for (const algorithm of entry.signer.algorithms) {
    const start = performance.now();
    try {
      await entry.signer.sign(algorithm, Buffer.from('verify-windows'));
      outcomes[algorithm] = `signed in ${Math.round(performance.now() - start)} ms`;
    } catch (error) {
      outcomes[algorithm] = `${error.code}: ${error.message}`;
    }
  }
  return outcomes;
}

async function describe(entry) {
  const { publicKey } = new X509Certificate(entry.certificate.der);
  const about = {
    certificate: alias(entry.certificate.der),
    place: anonymous(entry.location),
    publicKey: `${publicKey.asymmetricKeyType} ${
      publicKey.asymmetricKeyDetails.namedCurve ?? publicKey.asymmetricKeyDetails.modulusLength
    }`,
    issuersFound: entry.chain.length,
  };
  return entry.key === undefined
    ? { ...about, problem: `${entry.problem.code}: ${anonymous(entry.problem.message)}` }
    : { ...about, key: entry.key, signatures: await tryKey(entry) };
}

async function listStores() {
  const store = openCertificateStore({ uri: 'windows:' });
  try {
    const start = performance.now();
    const { certificates, problems } = await store.list();
    const listedInMs = Math.round(performance.now() - start);
    const described = [];
    for (const entry of certificates) described.push(await describe(entry));
    return {
      listedInMs,
      problems: problems.map(({ location, code, message }) => ({
        place: anonymous(location),
        code,
        message: anonymous(message),
      })),
      certificates: described,
    };
  } catch (error) {
    return { failed: `${error.code}: ${error.message}` };
  } finally {
    await store.close();
  }
}

/** Asks who holds the other end of a connection that this process holds itself. */
async function findSelf(address, octets) {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const socket = connect(server.address().port, address);
  await once(socket, 'connect');
  const start = performance.now();
  try {
    const peer = await loadNativeAddon().findPeerProcess({
      localAddress: Uint8Array.from(octets),
      localPort: socket.localPort,
      remoteAddress: Uint8Array.from(octets),
      remotePort: socket.remotePort,
    });
    const found = peer?.pid === process.pid && peer.sameUser;
    return `${found ? 'found' : 'NOT FOUND'} in ${Math.round(performance.now() - start)} ms`;
  } catch (error) {
    return `${error.facility} ${error.code}: ${error.message}`;
  } finally {
    socket.destroy();
    server.close();
  }
}

const powershell = (command) =>
  spawnSync('powershell', ['-NoProfile', '-Command', command], { encoding: 'utf8' }).stdout.trim();

const report = {
  windows: `${version()} ${release()}`,
  node: `${process.version} ${process.arch}`,

  session: powershell('[System.Diagnostics.Process]::GetCurrentProcess().SessionId'),
  elevated: powershell(
    '([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)',
  ),
  tpm: powershell('try { (Get-Tpm).TpmReady } catch { $_.Exception.Message }'),
  stores: await listStores(),
  policy: await loadNativeAddon()
    .readManagedPolicy('Countersign', ['servers'])
    .then(
      (sources) => sources.map(({ name, values }) => ({ name, keys: Object.keys(values) })),
      (error) => `${error.facility} ${error.code}: ${error.message}`,
    ),
  peerOverIPv4: await findSelf('127.0.0.1', [127, 0, 0, 1]),
  peerOverIPv6: await findSelf('::1', [...new Array(15).fill(0), 1]),
};
console.log(JSON.stringify(report, null, 2));
