// What verify-windows.mjs and verify-macos.mjs report of a store and of the addon, in words that name
// no certificate, user or device.
import { Buffer } from 'node:buffer';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { openCertificateStore } from '../dist/keystore/index.js';
import { loadNativeAddon } from '../dist/native/index.js';

const millisecondsSince = (start) => Math.round(performance.now() - start);

/** A name for a certificate that means nothing to others. */
const alias = (der) => createHash('sha256').update(der).digest('hex').slice(0, 8);

/** Uses a key once with each algorithm. Nothing is asked of the user, whatever the key says. */
async function tryKey(entry) {
  const outcomes = {};
  for (const algorithm of entry.signer.algorithms) {
    const start = performance.now();
    try {
      await entry.signer.sign(algorithm, Buffer.from('countersign store report'));
      outcomes[algorithm] = `signed in ${millisecondsSince(start)} ms`;
    } catch (error) {
      outcomes[algorithm] = `${error.code}: ${error.message}`;
    }
  }
  return outcomes;
}

async function describeCertificate(entry, anonymous) {
  const { publicKey } = new X509Certificate(entry.certificate.der);
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails;
  const about = {
    certificate: alias(entry.certificate.der),
    place: anonymous(entry.location),
    publicKey: `${publicKey.asymmetricKeyType} ${namedCurve ?? modulusLength}`,
    issuersFound: entry.chain.length,
  };
  if (entry.key === undefined) {
    return { ...about, problem: `${entry.problem.code}: ${anonymous(entry.problem.message)}` };
  }
  const key = { ...entry.key, provider: anonymous(entry.key.provider) };
  return { ...about, key, signatures: await tryKey(entry) };
}

/**
 * Lists a store and uses every key in it once.
 *
 * @param uri - the store's
 * @param anonymous - leaves out of a text what tells whose it is
 */
export async function reportStore(uri, anonymous) {
  const store = openCertificateStore({ uri });
  try {
    const start = performance.now();
    const { certificates, problems } = await store.list();
    const listedInMs = millisecondsSince(start);
    const described = [];
    for (const entry of certificates) described.push(await describeCertificate(entry, anonymous));
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

const describeFailure = (error) => `${error.facility} ${error.code}: ${error.message}`;

/** Which settings the device management enforces: their names, not their values. */
export async function reportPolicy(domain) {
  try {
    const sources = await loadNativeAddon().readManagedPolicy(domain, ['servers']);
    return sources.map(({ name, values }) => ({ name, keys: Object.keys(values) }));
  } catch (error) {
    return describeFailure(error);
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
    return `${found ? 'found' : 'NOT FOUND'} in ${millisecondsSince(start)} ms`;
  } catch (error) {
    return describeFailure(error);
  } finally {
    socket.destroy();
    server.close();
  }
}

/** Whether the addon finds out whose a loopback connection is. */
export async function reportPeers() {
  return {
    overIPv4: await findSelf('127.0.0.1', [127, 0, 0, 1]),
    overIPv6: await findSelf('::1', [...new Array(15).fill(0), 1]),
  };
}
