/** The server's own TLS certificate, which may be renewed while it runs. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ServerError } from '../errors.ts';
import type { TlsFiles } from '../options.ts';

/** Oldest version that is spoken (RFC 9325 section 3.1.1). */
export const minTlsVersion = 'TLSv1.2';

/**
 * Checks that a certificate chain and a private key can be served.
 *
 * @returns when the server's certificate, the first of the chain, ends
 * @throws ServerError `tls_invalid`
 */
export function checkTls({ certificate, privateKey }: TlsFiles): Date {
  try {
    const leaf = new X509Certificate(certificate);
    if (!leaf.checkPrivateKey(createPrivateKey(privateKey))) {
      throw new Error('the private key is not that of the first certificate');
    }
    createSecureContext({ cert: certificate, key: privateKey });
    return new Date(leaf.validTo);
  } catch (cause) {
    const message = `The TLS certificate and key cannot be used: ${(cause as Error).message}.`;
    throw new ServerError('tls_invalid', { message, cause });
  }
}
