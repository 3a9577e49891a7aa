/** Validates certificates in files as the server would, with material from files or the network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock, systemRandom } from '../../core/index.ts';
import {
  defaultRevocationSettings,
  findCertificationPath,
  oids,
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  parsePem,
  PkiError,
  trustAnchorFromCertificate,
  type Certificate,
  type Crl,
  type OcspResponse,
  type RevocationInputs,
  type RevocationSettings,
  type RevocationSource,
  type TrustAnchor,
} from '../../pki/index.ts';
import type { Explanation, Revocation, Storage } from '../../server/index.ts';
import { createRevocation, defaultRevocationOptions } from '../../server/revocation/index.ts';
import { openSqliteStorage } from '../../server/storage/index.ts';
import { createAuthorities } from '../../server/trust/index.ts';
import { nodeHash, nodeSignatureChecker } from '../../verifier/index.ts';
import { CliError } from '../errors.ts';
import type { CommandContext, DataOptions } from './context.ts';
import { readNamedFile } from './named-file.ts';
import { revocationOptions } from './revocation-options.ts';
import { readSettings, withStorage } from './storage-access.ts';

/** Options of `certs explain`. */
export interface ExplainOptions extends DataOptions {
  readonly ca?: readonly string[];
  readonly crl?: readonly string[];
  readonly ocsp?: readonly string[];
  readonly fetch?: true;
  readonly revocation?: RevocationSettings['mode'];
  readonly time?: Date;
}

/**
 * Validates the first certificate of the files; the others are intermediates.
 *
 * @throws CliError `file_unreadable`, `certificate_file_invalid`
 */
export async function explainFiles(
  context: CommandContext,
  files: readonly string[],
  options: ExplainOptions,
): Promise<Explanation> {
  const [target, ...intermediates] = files.flatMap((file) => readCertificates(file));
  if (target === undefined) throw new CliError('certificate_file_invalid');
  const time = options.time ?? new Date();
  const validate = async (anchors: readonly TrustAnchor[], storage: Storage) => {
    const revocation = openRevocation(context, options, anchors, storage);
    try {
      const result = await findCertificationPath({
        target,
        intermediates,
        anchors,
        time,
        checker: nodeSignatureChecker,
        requiredPurposes: [oids.clientAuth],
        requiredKeyUsages: ['digitalSignature'],
        revocation: await revocationInputs(options, anchors, revocation),
      });
      return { target, time, result };
    } finally {
      await revocation.close();
    }
  };
  if (options.ca === undefined) {
    const serverSettings = readSettings(context, options);
    return withStorage(serverSettings, async (storage) => {
      const trusted = await createAuthorities(storage.authorities, systemClock).trusted();
      const anchors = trusted.map(({ certificate, settings }) =>
        trustAnchorFromCertificate(certificate, settings),
      );
      return validate(anchors, storage);
    });
  }
  const settings = settingsFor(options);
  const anchors = options.ca
    .flatMap((file) => readCertificates(file))
    .map((certificate) => trustAnchorFromCertificate(certificate, { revocation: settings }));
  return withScratchStorage((storage) => validate(anchors, storage));
}

/** Without a server's storage, what is fetched is kept for as long as the command runs. */
async function withScratchStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-explain-'));
  const storage = await openSqliteStorage(join(directory, 'scratch.db'));
  try {
    return await work(storage);
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
}

function openRevocation(
  context: CommandContext,
  options: ExplainOptions,
  anchors: readonly TrustAnchor[],
  { revocation: store, leases }: Storage,
): Revocation {
  const certificates = anchors.flatMap(({ certificate }) => certificate ?? []);
  return createRevocation({
    store,
    leases,
    options: {
      ...defaultRevocationOptions,
      ...revocationOptions(readSettings(context, options)),
      maxWait: defaultRevocationOptions.limits.crlTimeout,
    },
    authorities: () => Promise.resolve(certificates),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
}

function settingsFor({ crl, ocsp, fetch, revocation }: ExplainOptions): RevocationSettings {
  const hasMaterial = crl !== undefined || ocsp !== undefined || fetch === true;
  return {
    ...defaultRevocationSettings,
    methods: ['crl', 'ocsp'],
    mode: revocation ?? (hasMaterial ? 'hard-fail' : 'off'),
    graceSeconds: 24 * 3600,
  };
}

async function revocationInputs(
  { crl = [], ocsp = [], fetch }: ExplainOptions,
  anchors: readonly TrustAnchor[],
  revocation: Revocation,
): Promise<RevocationInputs | undefined> {
  if (crl.length + ocsp.length === 0 && fetch !== true) {
    // Nothing to check with: the server's own settings would only refuse for want of material.
    return undefined;
  }
  const crls = crl.flatMap((file) => readCrls(file).map((list) => ({ crl: list, origin: file })));
  const responses = ocsp.map((file) => ({ response: readResponse(file), origin: file }));
  const network = fetch === true ? (await revocation.inputs()).source : undefined;
  const source: RevocationSource = {
    ...network,
    async crlsFor(query) {
      return [...crls, ...((await network?.crlsFor(query)) ?? [])];
    },
    async ocspResponsesFor(query) {
      return [...responses, ...((await network?.ocspResponsesFor(query)) ?? [])];
    },
  };
  return {
    source,
    settings: defaultRevocationSettings,
    crlIssuers: anchors.flatMap(({ certificate }) => certificate ?? []),
    hash: nodeHash,
  };
}

function readCertificates(file: string): readonly Certificate[] {
  return readObjects(file, 'certificate_file_invalid', ['CERTIFICATE'], parseCertificate);
}

function readCrls(file: string): readonly Crl[] {
  return readObjects(file, 'crl_file_invalid', ['X509 CRL', 'CRL'], parseCrl);
}

function readResponse(file: string): OcspResponse {
  const [response] = readObjects(file, 'ocsp_file_invalid', ['OCSP RESPONSE'], parseOcspResponse);
  if (response === undefined) throw new CliError('ocsp_file_invalid');
  return response;
}

/** PEM objects of some labels, or one DER object. */
function readObjects<T>(
  file: string,
  code: 'certificate_file_invalid' | 'crl_file_invalid' | 'ocsp_file_invalid',
  labels: readonly string[],
  parse: (der: Uint8Array) => T,
): readonly T[] {
  const bytes = readNamedFile(file);
  try {
    const text = bytes.toString('latin1');
    if (!text.includes('-----BEGIN ')) return [parse(bytes)];
    const blocks = parsePem(text, { maxLength: 128 << 20, maxBlocks: 64 });
    const found = blocks.filter(({ label }) => labels.includes(label));
    if (found.length === 0) throw new CliError(code, { message: `${file} holds no such object.` });
    return found.map(({ der }) => parse(der));
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new CliError(code, { message: `${file}: ${cause.message}`, cause });
  }
}
