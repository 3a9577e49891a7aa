/** Errors over HTTP: RFC 9457 problems with a code and its public sentence, and nothing else. */
import type { FastifyError } from 'fastify';
import { JsonError, type CountersignError } from '../../core/index.ts';
import { makeProblem, ProtocolError, type Problem } from '../../protocol/index.ts';
import { AdminError, type AdminErrorCode } from '../admins/index.ts';
import { AdministrationError, type AdministrationErrorCode } from '../administration/index.ts';
import { ApplicationError, type ApplicationErrorCode } from '../applications/index.ts';
import { DeviceError, type DeviceErrorCode } from '../devices/index.ts';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import { OidcError, type OidcErrorCode } from '../oidc/errors.ts';
import { PolicyError, type PolicyErrorCode } from '../policy/index.ts';
import { RevocationError, type RevocationErrorCode } from '../revocation/index.ts';
import { TrustError, type TrustErrorCode } from '../trust/index.ts';

const serverStatus: Partial<Readonly<Record<ServerErrorCode, number>>> = {
  transaction_unknown: 404,
  transaction_expired: 410,
  transaction_cancelled: 410,
  transaction_answered: 409,
  transaction_nonce_mismatch: 403,
  trust_not_configured: 409,
  origin_not_allowed: 403,
  host_not_allowed: 421,
  https_required: 403,
  admin_token_invalid: 401,
  route_not_found: 404,
  method_not_allowed: 405,
  media_type_unsupported: 415,
  body_too_large: 413,
  request_malformed: 400,
  cursor_invalid: 400,
  request_timeout: 408,
  header_too_large: 431,
  rate_limited: 429,
  storage_unavailable: 503,
};

const trustStatus: Partial<Readonly<Record<TrustErrorCode, number>>> = {
  ca_file_too_large: 413,
  ca_exists: 409,
  ca_too_many: 409,
  ca_unknown: 404,
  platform_settings_changed: 409,
};

const adminStatus: Partial<Readonly<Record<AdminErrorCode, number>>> = {
  sign_in_required: 401,
  sign_in_failed: 401,
  sign_in_old: 403,
  passkey_failed: 401,
  sign_in_busy: 503,
  csrf_token_invalid: 403,
  setup_token_invalid: 401,
  setup_done: 409,
  administrator_unknown: 404,
  administrator_name_taken: 409,
  administrator_changed: 409,
  administrator_last: 409,
  password_wrong: 403,
  passkey_unknown: 404,
  passkey_last: 409,
  passkey_limit: 409,
  api_token_unknown: 404,
  api_token_name_taken: 409,
  federation_off: 409,
  federation_changed: 409,
  federation_failed: 401,
  federation_no_role: 403,
};

const administrationStatus: Partial<Readonly<Record<AdministrationErrorCode, number>>> = {
  role_required: 403,
  sign_in_unknown: 404,
  request_invalid: 400,
};

const policyStatus: Partial<Readonly<Record<PolicyErrorCode, number>>> = {
  policy_unknown: 404,
  policy_name_taken: 409,
  policy_changed: 409,
  policy_in_use: 409,
  policy_default: 409,
};

const deviceStatus: Partial<Readonly<Record<DeviceErrorCode, number>>> = {
  device_unknown: 404,
  alarm_unknown: 404,
  alarm_acknowledged: 409,
  device_settings_changed: 409,
};

const applicationStatus: Partial<Readonly<Record<ApplicationErrorCode, number>>> = {
  application_unknown: 404,
  application_name_taken: 409,
  application_changed: 409,
  application_public: 409,
  application_credentials_invalid: 401,
};

const oidcStatus: Partial<Readonly<Record<OidcErrorCode, number>>> = {
  oidc_interaction_unknown: 404,
  oidc_tenant_unreachable: 503,
};

const revocationStatus: Partial<Readonly<Record<RevocationErrorCode, number>>> = {
  crl_unknown: 404,
  crl_older: 409,
  crl_changed: 409,
};

/** What Fastify itself refuses, where that has a code of its own here. */
const frameworkCodes: ReadonlyMap<string, ServerErrorCode> = new Map([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unsupported'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
]);

/** The problem that a thrown value is told as. What is not meant for the public is an `internal_error`. */
export function toProblem(error: unknown): Problem {
  const known = toKnownError(error);
  return makeProblem(statusOf(known), known.code, known.message);
}

function toKnownError(error: unknown): CountersignError {
  if (error instanceof ServerError || error instanceof TrustError) return error;
  if (error instanceof RevocationError || error instanceof PolicyError) return error;
  if (error instanceof OidcError) return error;
  if (error instanceof DeviceError || error instanceof ApplicationError) return error;
  if (error instanceof AdminError || error instanceof AdministrationError) return error;
  if (error instanceof ProtocolError || error instanceof JsonError) return error;
  const { code = '', statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  const otherwise = statusCode < 500 ? 'request_malformed' : 'internal_error';
  return new ServerError(frameworkCodes.get(code) ?? otherwise);
}

function statusOf(error: CountersignError): number {
  if (error instanceof ServerError) return serverStatus[error.code] ?? 500;
  if (error instanceof TrustError) return trustStatus[error.code] ?? 422;
  if (error instanceof OidcError) return oidcStatus[error.code] ?? 422;
  if (error instanceof RevocationError) return revocationStatus[error.code] ?? 422;
  if (error instanceof PolicyError) return policyStatus[error.code] ?? 422;
  if (error instanceof DeviceError) return deviceStatus[error.code] ?? 422;
  if (error instanceof ApplicationError) return applicationStatus[error.code] ?? 422;
  if (error instanceof AdminError) return adminStatus[error.code] ?? 422;
  if (error instanceof AdministrationError) return administrationStatus[error.code] ?? 422;
  return error.code === 'message_too_long' ? 413 : 400;
}
