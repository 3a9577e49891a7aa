/** The signed result of a sign-in, for the application that asked (docs/protocol.md, "Result"). */
import { encodeBase64Url, type JsonObject } from '../core/index.ts';
import type { VerificationResult } from './verification-result.ts';

/** `typ` of a signed result. */
export const deviceVerificationType = 'device-verification+jwt';

/** For how long a signed result counts, in seconds. */
export const deviceVerificationLifetime = 300;

/** What a signed result says besides the verdict. */
export interface DeviceVerification {
  /** The server's issuer URL. */
  readonly issuer: string;
  /** Id of the application. */
  readonly application: string;
  /** A random identifier of this token. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** Whom the application said it signs in. */
  readonly user?: string | undefined;
  /** The web origin whose page ran the sign-in. */
  readonly origin: string;
  readonly result: VerificationResult;
}

/**
 * The claims of a signed result. `allowed` is what an application goes by; `managed` and the rest say
 * how it came about. `cnf` names the certificate (RFC 8705 section 3.1); it is there where the proof
 * was good.
 */
export function deviceVerificationClaims(verification: DeviceVerification): JsonObject {
  const { issuer, application, id, issuedAt, user, origin, result } = verification;
  const thumbprint = result.path?.[0]?.sha256;
  return {
    iss: issuer,
    aud: application,
    jti: id,
    iat: issuedAt,
    exp: issuedAt + deviceVerificationLifetime,
    txn: result.transaction,
    ...(user === undefined ? {} : { sub: user }),
    origin,
    allowed: isAllowed(result),
    managed: result.managed,
    code: result.code,
    decided_at: result.decidedAt,
    ...(result.deviceId === undefined ? {} : { device_id: result.deviceId }),
    ...(thumbprint === undefined ? {} : { cnf: { 'x5t#S256': hexToBase64Url(thumbprint) } }),
  };
}

/** Whether a verdict lets somebody in: what the policy says, or without one, a managed device. */
export function isAllowed({ managed, decision }: VerificationResult): boolean {
  return decision === undefined ? managed : decision.outcome === 'allow';
}

function hexToBase64Url(hex: string): string {
  const octets = hex.match(/../g) ?? [];
  return encodeBase64Url(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)));
}
