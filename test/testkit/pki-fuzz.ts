/**
 * One turn of fuzzing src/pki: a certificate, CRL, OCSP response or PEM text of a real kind is
 * mutated and handed to its parser, and what can still be read to the validator, with a checker that
 * believes every signature, so that nothing behind the signature stays unreached.
 */
import {
  encodePem,
  findCertificationPath,
  formatName,
  namesEqual,
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  parsePem,
  PkiError,
  trustAnchorFromCertificate,
  type Certificate,
  type Crl,
  type OcspResponse,
  type SignatureChecker,
} from '../../src/pki/index.ts';
import {
  buildCertificate,
  buildOcspResponse,
  derInteger,
  extendedKeyUsage,
  testKey,
} from './pki-builder.ts';
import {
  nodeHash,
  pkitsAlgorithmPolicy,
  pkitsCases,
  pkitsFile,
  pkitsTime,
  revocationFromCrls,
} from './pki-pkits.ts';
import type { Dice } from './pki-random-paths.ts';

const files = new Map<string, Uint8Array>();

function file(name: string): Uint8Array {
  const bytes = files.get(name) ?? pkitsFile(name);
  files.set(name, bytes);
  return bytes;
}

const allFiles = [
  ...new Set(
    pkitsCases.flatMap(({ target, intermediates, crls }) => [target, ...intermediates, ...crls]),
  ),
];

const ocspSeeds = (['good', 'revoked', 'unknown'] as const).map((status) =>
  buildOcspResponse({
    serialNumber: derInteger(5),
    status,
    nonce: Buffer.alloc(16, 1),
    certificates: [
      buildCertificate({
        subjectKey: testKey('responder'),
        extensions: [extendedKeyUsage('1.3.6.1.5.5.7.3.9')],
      }),
    ],
  }),
);

const interesting = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xff, 0x30, 0x31, 0x05, 0x06];

/** Changes a few octets, or moves, drops, doubles or borrows a run of them. */
export function mutate(bytes: Uint8Array, dice: Dice): Uint8Array {
  let mutated: Buffer = Buffer.from(bytes);
  for (let count = 1 + dice.roll(3); count > 0; count--) mutated = mutateOnce(mutated, dice);
  return new Uint8Array(mutated);
}

function mutateOnce(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.roll(bytes.length + 1);
  const run = 1 + dice.roll(8);
  switch (dice.roll(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.roll(8));
      return bytes;
    case 1:
      bytes[at] = interesting[dice.roll(interesting.length)] ?? 0;
      return bytes;
    case 2:
      bytes[at] = (bytes[at] ?? 0) + (dice.chance(2) ? 1 : -1);
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + run)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at + run), bytes.subarray(at)]);
    default: {
      const other = file(allFiles[dice.roll(allFiles.length)] ?? '');
      const from = dice.roll(other.length);
      const piece = other.subarray(from, from + run * 16);
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + piece.length)]);
    }
  }
}

/** @returns the object, or undefined where its parser refused it with its own kind of error */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}

/** Believes everything. */
const gullible: SignatureChecker = { verify: () => true };

/**
 * Plays one turn.
 *
 * @returns what became of it, for counting
 * @throws whatever came out that is not a PkiError
 */
export async function fuzzPki(dice: Dice): Promise<string> {
  const outcome = await [fuzzPath, fuzzPath, fuzzOcsp, fuzzPem][dice.roll(4)]?.(dice);
  return outcome ?? 'none';
}

/** A PKITS case with one or two of its files mutated. */
async function fuzzPath(dice: Dice): Promise<string> {
  const test = pkitsCases[dice.roll(pkitsCases.length)];
  if (test === undefined) return 'none';
  const read = (name: string) => (dice.chance(2) ? mutate(file(name), dice) : file(name));
  const certificate = (name: string) => attempt(() => parseCertificate(read(name)));
  const target = certificate(test.target);
  const crls = test.crls.map((name) => attempt(() => parseCrl(read(name)))).filter(isThere<Crl>);
  if (target === undefined) return 'certificate refused';
  describeCertificate(target);
  for (const crl of crls) crl.find(target.serialNumber, target.issuer);
  const intermediates = test.intermediates.map(certificate).filter(isThere<Certificate>);
  const result = await findCertificationPath({
    target,
    intermediates,
    anchors: test.anchors.map((name) => trustAnchorFromCertificate(parseCertificate(file(name)))),
    time: pkitsTime,
    checker: gullible,
    algorithmPolicy: pkitsAlgorithmPolicy,
    revocation: revocationFromCrls(
      crls.map((crl) => ({ crl, origin: 'fuzz' })),
      intermediates,
    ),
  });
  return result.ok ? 'path accepted' : result.code;
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function describeCertificate({ subject, issuer }: Certificate): void {
  formatName(subject);
  if (!namesEqual(subject, subject)) throw new Error('A name differs from itself.');
  namesEqual(subject, issuer);
}

async function fuzzOcsp(dice: Dice): Promise<string> {
  const seed = ocspSeeds[dice.roll(ocspSeeds.length)] ?? Buffer.alloc(0);
  const response = attempt(() => parseOcspResponse(mutate(seed, dice)));
  if (response === undefined) return 'OCSP response refused';
  return askOcsp(response);
}

async function askOcsp(response: OcspResponse): Promise<string> {
  const ca = parseCertificate(file('TrustAnchorRootCertificate.crt'));
  const { subject, publicKey } = parseCertificate(
    buildCertificate({ subject: Buffer.from(issuerOf5.issuer.der), subjectKey: testKey('ca') }),
  );
  const anchor = { ...trustAnchorFromCertificate(ca), subject, publicKey, certificate: undefined };
  const result = await findCertificationPath({
    target: issuerOf5,
    intermediates: [],
    anchors: [anchor],
    time: issuerOf5.notBefore,
    checker: gullible,
    revocation: {
      ...revocationFromCrls([], []),
      source: {
        crlsFor: () => [],
        ocspResponsesFor: () => [{ response, origin: 'fuzz', nonce: Buffer.alloc(16, 1) }],
      },
      settings: {
        mode: 'grace',
        graceSeconds: 86_400,
        methods: ['ocsp'],
        clockSkewSeconds: 200_000,
        ocspMaxAgeSeconds: 86_400,
      },
      hash: nodeHash,
    },
  });
  return result.ok ? 'OCSP status good' : result.code;
}

const issuerOf5 = parseCertificate(buildCertificate({ serialNumber: derInteger(5) }));

function fuzzPem(dice: Dice): Promise<string> {
  const texts = ocspSeeds.map((seed) => encodePem('CERTIFICATE', seed)).join('');
  const text = Buffer.from(mutate(Buffer.from(texts), dice)).toString('latin1');
  const blocks = attempt(() => parsePem(text));
  return Promise.resolve(blocks === undefined ? 'PEM refused' : 'PEM read');
}
