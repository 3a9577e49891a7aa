/**
 * The `id_token_hint` by which Microsoft Entra says whom an external authentication method is to
 * authenticate. It is issued as expired, so that it serves as nothing but a hint.
 */
import { compactVerify, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import {
  fromUtf8,
  isJsonObject,
  JsonError,
  parseStrictJson,
  type Clock,
  type JsonObject,
} from '../../core/index.ts';
import { parseServerUrl } from '../../protocol/index.ts';
import { createRefreshed, type Refreshed } from '../refreshed.ts';
import { OidcError } from './errors.ts';
import type { EntraSettings } from './settings.ts';

/** A person, as the tenant names them. */
export interface EntraHint {
  /** `sub`: the answer must name the same. */
  readonly subject: string;
  /** `preferred_username`: for display. */
  readonly user?: string | undefined;
}

/** Verifies hints. */
export interface EntraHints {
  /**
   * @param hint - a compact JWS
   * @throws OidcError `oidc_hint_invalid` or `oidc_tenant_unreachable`
   */
  verify(hint: string, settings: EntraSettings): Promise<EntraHint>;
}

/** What the tenant's discovery document says. */
interface Tenant {
  readonly issuer: string;
  readonly getKey: JWTVerifyGetKey;
}

/** Hints are used at once; one that is older was kept by somebody. Seconds. */
const maxAge = 3600;
const clockSkew = 300;

/** How long a tenant's discovery document and keys are kept, in milliseconds. */
const cacheLifetime = 3_600_000;
const fetchTimeout = 5000;
/** After a key that is not in the set, the set is fetched again, but not more often than this, in ms. */
const fetchCooldown = 30_000;
const maxDocumentBytes = 256 * 1024;
const maxHintLength = 16 * 1024;
const maxTenants = 64;

/** Makes the service. */
export function createEntraHints(clock: Clock): EntraHints {
  const tenants = new Map<string, Refreshed<Tenant>>();

  function tenantOf(settings: EntraSettings): Promise<Tenant> {
    const url = `${settings.authority}/${settings.tenant}/v2.0/.well-known/openid-configuration`;
    const known = tenants.get(url);
    if (known !== undefined) return known.get();
    const [oldest] = tenants.keys();
    if (tenants.size >= maxTenants && oldest !== undefined) tenants.delete(oldest);
    const tenant = createRefreshed(() => discover(url), clock, cacheLifetime);
    tenants.set(url, tenant);
    return tenant.get();
  }

  return {
    async verify(hint, settings) {
      if (hint.length > maxHintLength) throw invalid('it is too long');
      const tenant = await tenantOf(settings);
      const claims = await verifySignature(hint, tenant.getKey);
      checkClaims(claims, tenant.issuer, settings, clock.now());
      const { sub, preferred_username: user } = claims;
      return {
        subject: sub as string,
        ...(typeof user === 'string' ? { user } : {}),
      };
    },
  };
}

async function verifySignature(hint: string, getKey: JWTVerifyGetKey): Promise<JsonObject> {
  try {
    const { payload } = await compactVerify(hint, getKey, { algorithms: ['RS256'] });
    const claims = parseStrictJson(fromUtf8(payload), { maxLength: maxHintLength, maxDepth: 8 });
    if (isJsonObject(claims)) return claims;
  } catch (cause) {
    if (cause instanceof OidcError) throw cause;
    if (isUnreachable(cause)) throw new OidcError('oidc_tenant_unreachable', { cause });
    if (!(cause instanceof errors.JOSEError) && !(cause instanceof JsonError)) throw cause;
    throw invalid('its signature or form is not right', cause);
  }
  throw invalid('it holds no claims');
}

function checkClaims(
  { iss, aud, tid, sub, iat }: JsonObject,
  issuer: string,
  { tenant, appId }: EntraSettings,
  now: Date,
): void {
  if (iss !== issuer || tid !== tenant) throw invalid('it is another tenant’s');
  if (aud !== appId) throw invalid('it was issued for another application');
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw invalid('it names nobody');
  const age = typeof iat === 'number' ? now.getTime() / 1000 - iat : Infinity;
  // Its `exp` has passed by design.
  if (age > maxAge || age < -clockSkew) throw invalid('it was not issued just now');
}

function invalid(fault: string, cause?: unknown): OidcError {
  return new OidcError('oidc_hint_invalid', {
    message: `The ID token hint does not count: ${fault}.`,
    cause,
  });
}

/** Reads a tenant's OpenID Connect discovery document. */
async function discover(url: string): Promise<Tenant> {
  try {
    const response = await boundedFetch(url, {});
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    const keys =
      typeof document.jwks_uri === 'string' ? parseServerUrl(document.jwks_uri) : undefined;
    if (!response.ok || keys === undefined || typeof document.issuer !== 'string') {
      throw new Error('no discovery document');
    }
    const getKey = createRemoteJWKSet(keys, {
      timeoutDuration: fetchTimeout,
      cooldownDuration: fetchCooldown,
      cacheMaxAge: cacheLifetime,
      [customFetch]: boundedFetch,
    });
    return { issuer: document.issuer, getKey };
  } catch (cause) {
    const message = `The discovery document ${url} of the Microsoft Entra tenant cannot be read; try again later.`;
    throw new OidcError('oidc_tenant_unreachable', { message, cause });
  }
}

/** fetch with bounds on time and size, and without redirects. */
async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'error',
    signal: init.signal ?? AbortSignal.timeout(fetchTimeout),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > maxDocumentBytes) throw new Error(`the answer of ${url} is too large`);
    chunks.push(bytes);
  }
  return new Response(Buffer.concat(chunks), { status: response.status });
}

/** A key set that could not be fetched; a key that is not in it is a fault of the hint. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true;
  if (!(error instanceof errors.JOSEError)) return !(error instanceof JsonError);
  return error.code === 'ERR_JOSE_GENERIC' || error.code === 'ERR_JWKS_INVALID';
}
