import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link ServerError}: requests the server does not serve, and set-ups it does not run in. */
export const serverErrors = {
  transaction_unknown:
    'There is no such transaction for this browser or device; start the sign-in again.',
  transaction_expired: 'The transaction has expired; start the sign-in again.',
  transaction_cancelled: 'The transaction was cancelled; start the sign-in again.',
  transaction_answered: 'The transaction has been answered already; start the sign-in again.',
  transaction_nonce_mismatch: 'The answer does not carry the nonce of its transaction.',
  trust_not_configured:
    'No certificate authority counts on this server yet; an administrator must add one (countersign-server ca add FILE), or enable a platform for it.',
  origin_not_allowed:
    'Sign-ins may not be started from this web origin; an administrator can add it to the application’s origins, or to applicationOrigins.',
  host_not_allowed:
    'The request names another host than this server’s issuer URL; open the server under its own address.',
  https_required:
    'This server takes requests over https, or from its reverse proxy; open it at its issuer URL.',
  admin_token_invalid:
    'The token of the admin API is unknown or has ended; give an API token, or what stands in the file admin-token of the data directory.',
  route_not_found: 'There is nothing at this address.',
  method_not_allowed: 'This address does not take this HTTP method; see the Allow header.',
  media_type_unsupported: 'The body’s Content-Type is not one that this address takes.',
  body_too_large: 'The body is larger than this address takes.',
  request_malformed: 'The request is not well-formed HTTP, or its address cannot be read.',
  request_timeout: 'The request did not arrive in time.',
  header_too_large: 'The request’s headers are larger than this server takes.',
  cursor_invalid:
    'The value of “after” is not one that a page before gave; start from the first page.',
  rate_limited: 'Too many requests from this network address; try again later.',
  storage_unavailable: 'The server’s storage does not answer; try again later.',
  internal_error: 'The server failed; its log says more.',
  issuer_invalid:
    'The issuer must be an origin: https://HOST or https://HOST:PORT, without a path (http only on this machine).',
  issuer_required:
    'The issuer URL must be set where the server does not listen on a loopback address in plain http.',
  tls_required:
    'Plain http is served on loopback addresses only, or behind proxies named in trustedProxies; set a TLS certificate.',
  tls_invalid: 'The TLS certificate chain or its private key cannot be used; see the message.',
  application_origin_invalid:
    'An application origin must be a web origin such as https://login.example.com.',
  listen_failed: 'The server cannot listen at this address; see the message.',
  data_directory_unusable: 'The data directory cannot be used; see the message.',
  data_directory_permissions:
    'Others can read the data directory or a secret in it; make it its owner’s only (chmod 700, files 600).',
  backup_invalid: 'The file is no backup, or is damaged or cut off; nothing was restored.',
  storage_not_empty:
    'The storage to write to holds data already; name an empty one, or move that data away first.',
  storage_copy_differs:
    'What was written is not what was read; nothing was changed. Check the disks, and try again.',
  storage_newer:
    'The database or backup was written by a newer version of this program; install that version, or restore a backup.',
} as const;

/** One of {@link serverErrors}' codes. */
export type ServerErrorCode = keyof typeof serverErrors;

/** A request the server does not serve, or a set-up it does not run in. */
export class ServerError extends CountersignError<ServerErrorCode> {
  constructor(code: ServerErrorCode, details?: ErrorDetails) {
    super(code, serverErrors, details);
  }
}
