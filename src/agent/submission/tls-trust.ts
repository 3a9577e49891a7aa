/** Which authorities the agent trusts for TLS: the system's and those of the settings. */
import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { isWithin, type Clock, type Logger } from '../../core/index.ts';
import { parseCertificate, parsePem, PkiError } from '../../pki/index.ts';
import { AgentError } from '../errors.ts';

/** Where Linux distributions keep the system's authorities, as one PEM file. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** Authorities are read again after this time, in milliseconds, so that an update is noticed. */
const rereadAfter = 10 * 60_000;

interface SystemAuthorities {
  readonly certificates: readonly string[];
  readonly origin: string;
}

/** Makes and keeps TLS contexts. */
export class TlsTrust {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #contexts = new Map<string, { context: tls.SecureContext; loadedAt: number }>();
  #told = false;

  constructor(options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * The context that trusts the system's authorities and some more.
   *
   * @param caFiles - PEM files with further authorities
   * @throws AgentError `ca_file_invalid`
   */
  async context(caFiles: readonly string[]): Promise<tls.SecureContext> {
    const key = JSON.stringify(caFiles);
    const now = this.#clock.now().getTime();
    const kept = this.#contexts.get(key);
    if (kept !== undefined && isWithin(rereadAfter, kept.loadedAt, now)) return kept.context;
    const system = await systemAuthorities();
    if (!this.#told) {
      this.#told = true;
      this.#logger.info('TLS trusts the system’s authorities', { from: system.origin });
    }
    const further = await Promise.all(caFiles.map(readAuthorities));
    const context = tls.createSecureContext({ ca: [...system.certificates, ...further] });
    this.#contexts.set(key, { context, loadedAt: now });
    return context;
  }
}

async function systemAuthorities(): Promise<SystemAuthorities> {
  // Node has this from 22.15 on.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] };
  const certificates = getCACertificates?.('system') ?? [];
  if (certificates.length > 0) return { certificates, origin: 'the operating system' };
  for (const bundle of systemBundles) {
    const text = await readFile(bundle, 'utf8').catch(() => undefined);
    if (text !== undefined) return { certificates: [text], origin: bundle };
  }
  return { certificates: tls.rootCertificates, origin: 'Node’s own list' };
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    const certificates = parsePem(text).filter(({ label }) => label === 'CERTIFICATE');
    if (certificates.length > 0) {
      for (const { der } of certificates) parseCertificate(der);
      return text;
    }
    throw new AgentError('ca_file_invalid', { message: `${file} holds no PEM certificate.` });
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    const reason = cause instanceof PkiError ? cause.message : 'It cannot be read.';
    throw new AgentError('ca_file_invalid', {
      message: `${file} cannot be used as a list of authorities. ${reason}`,
      cause,
    });
  }
}
