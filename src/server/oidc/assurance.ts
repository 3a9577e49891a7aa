/**
 * What a sign-in proves, in OpenID Connect's words: `acr` (OpenID Connect Core section 2) and `amr`
 * (RFC 8176). Pure.
 */
import { isJsonObject, JsonError, parseStrictJson, type JsonObject } from '../../core/index.ts';
import type { VerificationResult } from '../../protocol/index.ts';

/** The device proved itself with a certificate of the organisation, and its policy lets it in. */
export const managedDeviceAcr = 'urn:countersign:acr:managed-device';

/** As {@link managedDeviceAcr}, with a key that is known to be in hardware. */
export const hardwareKeyAcr = 'urn:countersign:acr:managed-device-hardware-key';

/** Microsoft Entra's names for a factor that somebody has, alone or beside others. */
const possessionAcrs = [
  'possession',
  'possessionorinherence',
  'knowledgeorpossession',
  'knowledgeorpossessionorinherence',
] as const;

/** Every `acr` that a sign-in here may have. */
export const supportedAcrs: readonly string[] = [
  managedDeviceAcr,
  hardwareKeyAcr,
  ...possessionAcrs,
];

/** RFC 8176 section 2: proof of possession; of a key in hardware; of a key in software. */
export type AuthenticationMethod = 'pop' | 'hwk' | 'swk';

/**
 * The methods that a good verdict proves. `pop` always; `hwk` only where a CA in the path is known to
 * certify keys in hardware alone, since the agent's own word is a claim; `swk` where the agent says so,
 * which nobody gains from.
 *
 * @param result - a verdict that lets the device in
 * @param hardwareAuthorities - hexadecimal SHA-256 of such CA certificates
 */
export function provenMethods(
  { path = [], device }: VerificationResult,
  hardwareAuthorities: readonly string[],
): readonly AuthenticationMethod[] {
  if (device?.key.protection === 'software') return ['pop', 'swk'];
  const issuers = path.slice(1);
  const inHardware = issuers.some(({ sha256 }) => hardwareAuthorities.includes(sha256));
  return inHardware ? ['pop', 'hwk'] : ['pop'];
}

/** What a request asks of `acr` or `amr`, the preferred value first. */
export interface RequestedValues {
  readonly values: readonly string[];
  /** True where the client takes nothing else (OpenID Connect Core section 5.5.1.1). */
  readonly essential: boolean;
}

/** The parameters of an authorization request that are read here. */
export interface AssuranceParameters {
  readonly acr_values?: unknown;
  /** JSON, already found to be an object. */
  readonly claims?: unknown;
}

/** What a request asks of `acr`: by the `claims` parameter, else by `acr_values`. */
export function requestedAcrs({ acr_values: voluntary, claims }: AssuranceParameters) {
  const requested = requestedClaim(claims, 'acr');
  if (requested !== undefined) return requested;
  const values = typeof voluntary === 'string' ? voluntary.split(' ').filter(Boolean) : [];
  return { values, essential: false };
}

/** What a request asks of `amr`; undefined where it asks nothing. */
export function requestedAmr({ claims }: AssuranceParameters): RequestedValues | undefined {
  return requestedClaim(claims, 'amr');
}

/** The subjects that a request takes, by the `claims` parameter; undefined where it takes any. */
export function requestedSubjects({ claims }: AssuranceParameters): readonly string[] | undefined {
  return requestedClaim(claims, 'sub')?.values;
}

/**
 * The `acr` of a sign-in.
 *
 * @returns the first requested one that was reached; where none was, {@link managedDeviceAcr}, or
 *   undefined where the client takes nothing else
 */
export function reachedAcr(
  requested: RequestedValues,
  methods: readonly AuthenticationMethod[],
): string | undefined {
  const reached = supportedAcrs.filter((acr) => acr !== hardwareKeyAcr || methods.includes('hwk'));
  const fitting = requested.values.find((acr) => reached.includes(acr));
  return fitting ?? (requested.essential ? undefined : managedDeviceAcr);
}

/**
 * The single method that Microsoft Entra takes.
 *
 * @returns the most telling one of those that it asks for; undefined where it takes none of them
 */
export function singleMethod(
  requested: RequestedValues | undefined,
  methods: readonly AuthenticationMethod[],
): AuthenticationMethod | undefined {
  if (requested === undefined) return methods.at(-1);
  return methods.findLast((method) => requested.values.includes(method));
}

/** Bounds of the `claims` parameter that are read here. */
const claimsLimits = { maxLength: 8192, maxDepth: 6 };

/** Values that are no text are asked for all the same: nothing has them. */
function requestedClaim(claims: unknown, name: string): RequestedValues | undefined {
  const idToken = typeof claims === 'string' ? parseClaims(claims)?.['id_token'] : undefined;
  const claim = isJsonObject(idToken) ? idToken[name] : undefined;
  if (!isJsonObject(claim)) return undefined;
  const { value, values, essential } = claim;
  const listed = Array.isArray(values) ? values : value === undefined ? [] : [value];
  if (listed.length === 0) return undefined;
  return {
    values: listed.filter((item) => typeof item === 'string'),
    essential: essential === true,
  };
}

function parseClaims(text: string): JsonObject | undefined {
  try {
    const value = parseStrictJson(text, claimsLimits);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
