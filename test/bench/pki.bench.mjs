/**
 * What path validation costs, as ratios to the bare signature checks of the same run, so that the
 * figures mean the same on any machine. Runs on dist/: `npm run build && node test/bench/pki.bench.mjs`.
 * With `--expose-gc` the memory of the parsed CRL is exact.
 */
import { createPublicKey, verify } from 'node:crypto';
import {
  defaultRevocationSettings,
  findCertificationPath,
  parseCertificate,
  parseCrl,
  parsePem,
  rememberSignatures,
  trustAnchorFromCertificate,
} from '../../dist/pki/index.js';
import { prepareText } from '../../dist/pki/name.js';
import { nodeSignatureChecker } from '../../dist/verifier/index.js';
import { loadTestkit } from './load-testkit.mjs';

const kit = await loadTestkit('pki-builder');
const pkits = await loadTestkit('pki-pkits');
const hard = await loadTestkit('pki-hard-cases');

/** Median milliseconds of one call. */
async function median(runs, action) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

/** Median of ours over median of the bare action, measured by turns: a busy machine slows both. */
async function pairedRatio(runs, action, bareAction) {
  const [ours, bare] = [[], []];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await action();
    const middle = performance.now();
    bareAction();
    ours.push(middle - start);
    bare.push(performance.now() - middle);
  }
  const middleOf = (times) => times.sort((a, b) => a - b)[runs >> 1];
  return { ratio: middleOf(ours) / middleOf(bare), bare: middleOf(bare) };
}

function report(title, value, bound) {
  console.log(`${title.padEnd(66)} ${value.padStart(12)}   ${bound}`);
}

const ratio = (value) => `${value.toFixed(2)} x`;
const milliseconds = (value) => `${value.toFixed(1)} ms`;
const digests = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** The bare crypto.verify call of a signature request, its key already imported. */
function bareCheck({ scheme, publicKey, message, signature }) {
  const key = createPublicKey({ key: Buffer.from(publicKey.der), format: 'der', type: 'spki' });
  return () => verify(digests[scheme.hash], message, { key, dsaEncoding: 'der' }, signature);
}

async function benchPkits() {
  const materials = pkits.pkitsCases.map((test) => [test, pkits.readPkitsCase(test)]);
  const requests = [];
  const recording = {
    verify(request) {
      requests.push(request);
      return nodeSignatureChecker.verify(request);
    },
  };
  for (const [test, material] of materials) await pkits.runPkitsCase(test, material, recording);
  const bare = requests.map(bareCheck);
  const runAll = async () => {
    for (const [test, material] of materials) {
      await pkits.runPkitsCase(test, material, nodeSignatureChecker);
    }
  };
  const runBare = () => bare.forEach((check) => check());
  await pairedRatio(10, runAll, runBare);
  const paired = await pairedRatio(9, runAll, runBare);
  const floor = paired.bare;
  const title = `PKITS, 247 cases, ${requests.length} signatures in ${milliseconds(floor)}`;
  report(title, ratio(paired.ratio), 'under 2 x');
  const withParsing = await median(5, async () => {
    for (const test of pkits.pkitsCases) {
      await pkits.runPkitsCase(test, pkits.readPkitsCase(test), nodeSignatureChecker);
    }
  });
  report(
    'PKITS, files read, parsed and keys imported anew each time',
    ratio(withParsing / floor),
    '',
  );
}

/** 100,000 entries with serial numbers of 16 octets, in no order, half of them with a reason. */
function largeCrl(issuerKey) {
  const entry = kit.crlEntry({ serialNumber: kit.der(0x02, Buffer.alloc(16, 1)) });
  const withReason = kit.crlEntry({ serialNumber: kit.der(0x02, Buffer.alloc(16, 1)), reason: 4 });
  const entries = [];
  let state = 12345;
  for (let i = 0; i < 100_000; i++) {
    const copy = Buffer.from(i % 2 === 0 ? entry : withReason);
    for (let j = 0; j < 12; j++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      copy[6 + j] = state >>> 24;
    }
    copy[5] = 0x40 | (i & 0x3f);
    entries.push(copy);
  }
  return new Uint8Array(
    kit.buildCrl({ rawEntries: Buffer.concat(entries), issuerKey, issuer: kit.dn('CA') }),
  );
}

/** Octets in use once everything that can be freed has been; exact with --expose-gc only. */
async function memory() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function benchCrl(issuerKey) {
  const der = largeCrl(issuerKey);
  for (let i = 0; i < 5; i++) parseCrl(der);
  const before = await memory();
  const crl = parseCrl(der);
  const held = ((await memory()) - before) / 1e6;
  const time = await median(7, () => parseCrl(der));
  const size = (der.length / 1e6).toFixed(1);
  report(
    `CRL of ${crl.entryCount} entries, ${size} MB: parsing`,
    milliseconds(time),
    'under 300 ms',
  );
  report('  memory held besides its bytes', `${held.toFixed(1)} MB`, 'under 60 MB');
  return crl;
}

async function benchDevicePath(title, caKey) {
  const crl = await benchCrl(caKey);
  const ca = { subjectKey: caKey, issuerKey: caKey };
  const anchor = trustAnchorFromCertificate(parseCertificate(new Uint8Array(kit.buildCa(ca))));
  const extensions = [kit.keyUsage('digitalSignature'), kit.extendedKeyUsage('1.3.6.1.5.5.7.3.2')];
  const leafDer = new Uint8Array(kit.buildCertificate({ issuerKey: caKey, extensions }));
  const checker = rememberSignatures(nodeSignatureChecker);
  const available = [{ crl, origin: 'bench' }];
  const revocation = {
    source: { crlsFor: () => available, ocspResponsesFor: () => [] },
    settings: { ...defaultRevocationSettings, methods: ['crl'] },
    crlIssuers: [],
    hash: pkits.nodeHash,
  };
  const verdict = async (target) => {
    const result = await findCertificationPath({
      target,
      intermediates: [],
      anchors: [anchor],
      time: kit.testTime,
      checker,
      requiredPurposes: ['1.3.6.1.5.5.7.3.2'],
      requiredKeyUsages: ['digitalSignature'],
      revocation,
    });
    if (!result.ok) throw new Error(result.failure.message);
  };
  const leaf = parseCertificate(leafDer);
  const { tbsDer, signature } = leaf;
  const publicKey = anchor.publicKey;
  const bare = bareCheck({ scheme: { hash: 'SHA-256' }, publicKey, message: tbsDer, signature });
  const fromBytes = () => verdict(parseCertificate(leafDer));
  // A leaf that was read before, but in an object of its own: no signature is remembered of it.
  const leaves = Array.from({ length: 7000 }, () => parseCertificate(leafDer));
  const parsedBefore = () => verdict(leaves.pop() ?? leaf);
  await pairedRatio(3000, fromBytes, bare);
  const whole = await pairedRatio(2001, fromBytes, bare);
  report(`device path, ${title}, CRL known, leaf read too`, ratio(whole.ratio), '');
  await pairedRatio(3000, parsedBefore, bare);
  const parsed = await pairedRatio(2001, parsedBefore, bare);
  report(`device path, ${title}, CRL known`, ratio(parsed.ratio), 'at most 1.5 x');
}

async function benchHardest() {
  const measure = async (title, { target, intermediates, anchors }, bound = 'under 200 ms') => {
    const request = {
      target: parseCertificate(target),
      intermediates: intermediates.map((der) => parseCertificate(der)),
      anchors: anchors.map((der) => trustAnchorFromCertificate(parseCertificate(der))),
      time: kit.testTime,
      checker: nodeSignatureChecker,
    };
    const time = await median(5, () => findCertificationPath(request));
    const result = await findCertificationPath(request);
    const verdict = result.ok ? 'accepted' : result.code;
    report(`${title}: ${verdict}`, milliseconds(time), bound);
  };
  const { cross, leafOf } = hard;
  await measure('two CAs certify each other', {
    target: leafOf('A'),
    intermediates: [cross('A', 'B'), cross('B', 'A')],
    anchors: [cross('Root', 'Root')],
  });
  const mesh = '37 certificates, 4^9 paths';
  await measure(`${mesh}, no anchor`, hard.meshCase());
  await measure(`${mesh}, all right`, hard.meshCase(cross('Top', 'Top')));
  await measure(`${mesh}, one right`, hard.needleCase());
  const forbidding = cross('Top', 'Top', {
    extensions: [kit.nameConstraints([kit.generalName.directory(kit.dn('Nowhere'))])],
  });
  await measure(`${mesh}, all refused`, hard.meshCase(forbidding));
  await measure('10,000 name constraints, 1 name', hard.nameConstraintsCase(1));
  await measure('10,000 name constraints, 10,000 names', hard.nameConstraintsCase(10_000));
  await measure('policies and mappings that multiply', hard.policiesCase());
  await measure('paths, policies and names combined', hard.combinedCase(), 'under 500 ms');
}

async function benchParsing() {
  const measure = async (title, parse, bound) => {
    report(title, milliseconds(await median(5, parse)), bound);
  };
  const extensions = Array.from({ length: 20_000 }, (_, i) =>
    kit.derExtension(`1.2.${Math.floor(i / 100)}.${i % 100}`, false, kit.der(5)),
  );
  const certificate = new Uint8Array(kit.buildCertificate({ extensions }));
  await measure(
    'certificate of 20,000 extensions',
    () => parseCertificate(certificate),
    'under 500 ms',
  );
  const texts = {
    dashes: '-'.repeat(5_000_000),
    'dashes on lines': '-----\n'.repeat(1_000_000),
    beginnings: '-----BEGIN '.repeat(500_000),
    'line ends': '\n'.repeat(10_000_000),
    'blanks in an object': `-----BEGIN X-----\n${' '.repeat(5_000_000)}\n-----END X-----`,
  };
  for (const [what, text] of Object.entries(texts)) {
    const parse = () => {
      try {
        parsePem(text);
      } catch (error) {
        if (error.code !== 'pem_malformed') throw error;
      }
    };
    await measure(`PEM of megabytes of ${what}`, parse, 'under 2000 ms');
  }
  const blanks = `a${' \t'.repeat(500_000)}b`;
  await measure('name of a megabyte of white space', () => prepareText(blanks), 'under 1000 ms');
}

console.log(`${'path validation'.padEnd(66)} ${'measured'.padStart(12)}   bound`);
await benchPkits();
await benchDevicePath('RSA-2048', kit.rsaKey('ca'));
await benchDevicePath('P-256', kit.testKey('ca'));
await benchHardest();
await benchParsing();
