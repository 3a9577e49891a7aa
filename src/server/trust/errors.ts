import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link TrustError}: files that hold no certificate authority, and authorities not taken. */
export const trustErrors = {
  ca_file_empty: 'The file is empty.',
  ca_file_too_large:
    'The file is larger than 1 MiB or holds more than 64 certificates; add the authorities in smaller files.',
  ca_file_unrecognized:
    'The file holds no certificate. Give the CA certificate in PEM (-----BEGIN CERTIFICATE-----) or DER form.',
  ca_file_malformed: 'The file looks like a certificate, but cannot be read; export it again.',
  ca_file_bare_base64:
    'The file holds base64 without its PEM lines; put -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it.',
  ca_file_pkcs7:
    'The file is a PKCS#7 bundle (.p7b, .p7c). Convert it: openssl pkcs7 -print_certs -in FILE -out ca.pem (with -inform DER for a binary file).',
  ca_file_pkcs12:
    'The file is a PKCS#12 container (.pfx, .p12), which mostly holds a private key. Take only the CA certificates out of it: openssl pkcs12 -in FILE -cacerts -nokeys -out ca.pem.',
  ca_file_keystore:
    'The file is a Java key store. Export the certificate: keytool -exportcert -rfc -keystore FILE -alias NAME -file ca.pem.',
  ca_file_private_key:
    'The file holds a private key. Nothing of it was kept; a CA’s private key must never leave the CA. Give the certificate alone: openssl x509 -in FILE -out ca.pem.',
  ca_file_public_key:
    'The file holds a bare public key. Give the CA’s certificate, which binds the key to the CA’s name.',
  ca_file_request:
    'The file is a certificate signing request. Have the CA issue the certificate, and give that.',
  ca_file_crl:
    'The file is a certificate revocation list. Give the certificate of the CA that issued it.',
  ca_file_trusted_certificate:
    'The file holds OpenSSL’s own TRUSTED CERTIFICATE form. Convert it: openssl x509 -in FILE -out ca.pem.',
  ca_file_duplicate: 'The file holds the same certificate twice; give each one once.',
  ca_not_authority:
    'The certificate is not a CA’s (basic constraints). Give the certificate of the CA that issues your device certificates, not one that it issued.',
  ca_key_usage:
    'The certificate does not allow its key to sign certificates (key usage lacks keyCertSign).',
  ca_expired: 'The certificate has expired; give the CA’s present certificate.',
  ca_key_weak:
    'The CA’s key is not one this server verifies with; RSA of 2048 bits or more, EC P-256, P-384, P-521 and Ed25519 are.',
  ca_exists: 'The certificate authority is there already.',
  ca_unknown:
    'There is no certificate authority of this id; countersign-server ca list shows them.',
  ca_ambiguous: 'More than one certificate authority’s id starts like this; give more of the id.',
  ca_revocation_invalid: 'The revocation settings of the authority are wrong; see the message.',
  platform_settings_invalid:
    'The settings of endpoint management are not well-formed; see the message.',
  platform_settings_changed:
    'The settings of endpoint management were changed meanwhile; load them again, and make the change again.',
  ca_too_many:
    'There would be more certificate authorities than a challenge can name; remove some that no device needs.',
} as const;

/** One of {@link trustErrors}' codes. */
export type TrustErrorCode = keyof typeof trustErrors;

/** A file that holds no certificate authority, or an authority that is not taken. */
export class TrustError extends CountersignError<TrustErrorCode> {
  constructor(code: TrustErrorCode, details?: ErrorDetails) {
    super(code, trustErrors, details);
  }
}
