// What the macos: store sees and can do on this Mac, as a report to send back. Names no certificate,
// user or device. scripts/verify-macos.sh runs it.
import { Buffer } from 'node:buffer';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { openCertificateStore } from '../dist/keystore/index.js';
import { loadNativeAddon } from '../dist/native/index.js';

const domain = process.argv[2] ?? 'com.countersign.agent';

const firstLine = (file, args) =>
  spawnSync(file, args, { encoding: 'utf8' }).stdout.trim().split('\n')[0];

/** What codesign says of the program that the keychain would have to allow. */
function signer() {
  const { stderr } = spawnSync('/usr/bin/codesign', ['-d', '-vvv', process.execPath], {
    encoding: 'utf8',
  });
  return stderr.split('\n').filter((line) => /^(TeamIdentifier|Signature|CDHash|flags)/.test(line));
}

/** Leaves out whose it is: home folders, serial numbers of cards, labels. */
const anonymous = (text) =>
  text
    .replace(/\?sha256=.*/, '')
    .replace(/\/Users\/[^/]+/, '/Users/…')
    .replace(/(Token [^:]+):.*/, '$1:…')
    .replace(/“[^”]*”/g, '“…”');

/** A name for a certificate that means nothing to others. */
const alias = (der) => createHash('sha256').update(der).digest('hex').slice(0, 8);

/** Uses a key once with each algorithm. Nothing is asked of the user, whatever the key says. */
async function tryKey(entry) {
  const outcomes = {};
  for (const algorithm of entry.signer.algorithms) {
    const start = performance.now();
    try {
      await entry.signer.sign(algorithm, Buffer.from('verify-macos'));
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
  const key = { ...entry.key, provider: anonymous(entry.key.provider) };
  return { ...about, key, signatures: await tryKey(entry) };
}

async function listKeychains() {
  const store = openCertificateStore({ uri: 'macos:' });
  try {
    const start = performance.now();
    const { certificates, problems } = await store.list();
    const listedInMs = Math.round(performance.now() - start);
    const identities = certificates.filter(({ key }) => key !== undefined);
    return {
      listedInMs,
      withoutKey: certificates.length - identities.length,
      problems: problems.map(({ location, code, message }) => ({
        place: anonymous(location),
        code,
        message: anonymous(message),
      })),
      identities: await Promise.all(identities.map(describe)),
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
  await new Promise((resolve) => server.listen(0, address, resolve));
  const socket = connect(server.address().port, address);
  await new Promise((resolve) => socket.once('connect', resolve));
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

const report = {
  macos: firstLine('/usr/bin/sw_vers', ['-productVersion']),
  hardware: firstLine('/usr/sbin/sysctl', ['-n', 'machdep.cpu.brand_string']),
  node: `${process.version} ${process.arch}`,
  signer: signer(),
  user: process.geteuid() === 0 ? 'root' : 'a user',
  session: firstLine('/bin/launchctl', ['managername']),
  managed: /Yes/.test(
    spawnSync('/usr/bin/profiles', ['status', '-type', 'enrollment'], { encoding: 'utf8' }).stdout,
  ),
  keychains: await listKeychains(),
  policy: await loadNativeAddon()
    .readManagedPolicy(domain, ['servers'])
    .then(
      (sources) => sources.map(({ name, values }) => ({ name, keys: Object.keys(values) })),
      (error) => `${error.facility} ${error.code}: ${error.message}`,
    ),
  peerOverIPv4: await findSelf('127.0.0.1', [127, 0, 0, 1]),
  peerOverIPv6: await findSelf('::1', [...new Array(15).fill(0), 1]),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
};
console.log(JSON.stringify(report, null, 2));
