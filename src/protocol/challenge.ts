/** The challenge: the server's signed question (docs/protocol.md, "Challenge"). */
import {
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  isJsonObject,
  isSignatureAlgorithm,
  type JsonObject,
  type JsonValue,
  type SignatureAlgorithm,
} from '../core/index.ts';
import {
  invalidClaim,
  readBase64List,
  readBase64Url,
  readList,
  readText,
  readTextList,
  readTime,
} from './claims.ts';
import { ProtocolError } from './errors.ts';
import { parseCompactJws, type CompactJws } from './jws.ts';
import { protocolLimits } from './limits.ts';
import { parseOrigin, parseServerUrl } from './origin.ts';
import type { TokenTimes } from './token-times.ts';

/** `typ` of a challenge. */
export const challengeType = 'device-challenge+jwt';

/** `aud` of a challenge: any agent. */
export const challengeAudience = 'urn:countersign:agent';

/** Algorithms a server may sign challenges with. */
export const challengeAlgorithms = ['ES256', 'EdDSA'] as const;

/** Length of the nonce, in bytes (256 bits). */
export const nonceBytes = 32;

/** What a challenge says. */
export interface Challenge extends TokenTimes {
  /** `iss`: the server's issuer URL. */
  readonly issuer: string;
  /** `jti`: the transaction. */
  readonly transaction: string;
  /** `nonce`: base64url of 32 random bytes. */
  readonly nonce: string;
  /** `origins`: web origins that may deliver this challenge. */
  readonly origins: readonly string[];
  /** `response_uri`: where the proof goes; on the issuer's origin. */
  readonly responseUri: string;
  /** Key identifiers of the accepted CAs (`trusted_authorities` of type `aki`), raw bytes. */
  readonly authorityKeyIdentifiers: readonly Uint8Array[];
  /** `issuers`: DER names of the accepted CAs, for stores that filter by issuer. */
  readonly issuerNames: readonly Uint8Array[];
  /** `algs`: signature algorithms the server accepts. */
  readonly algorithms: readonly SignatureAlgorithm[];
}

/** A challenge that has been read but whose signature has not been checked. */
export interface UnverifiedChallenge {
  readonly challenge: Challenge;
  readonly jws: CompactJws;
  /** `kid` in the header: which of the server's keys signed. */
  readonly keyId: string;
}

/**
 * Reads a challenge. Its signature, issuer, times and origins are the caller's to check next.
 *
 * @param text - the compact JWS
 * @throws ProtocolError with the code and member of the first rule that is broken
 */
export function parseChallenge(text: string): UnverifiedChallenge {
  const jws = parseCompactJws(text, {
    maxLength: protocolLimits.challengeLength,
    type: challengeType,
    algorithms: challengeAlgorithms,
  });
  const keyId = jws.header['kid'];
  if (typeof keyId !== 'string' || keyId === '' || keyId.length > protocolLimits.textLength) {
    throw new ProtocolError('jws_header_invalid', {
      member: 'kid',
      message: 'The challenge’s kid header must name the server key that signed it.',
    });
  }
  return { challenge: readChallengeClaims(jws.payload), jws, keyId };
}

/** The claims of a challenge as they go into the JWS payload. */
export function challengeClaims(challenge: Challenge): JsonObject {
  return {
    iss: challenge.issuer,
    aud: challengeAudience,
    jti: challenge.transaction,
    nonce: challenge.nonce,
    iat: challenge.issuedAt,
    exp: challenge.expiresAt,
    origins: challenge.origins,
    response_uri: challenge.responseUri,
    trusted_authorities:
      challenge.authorityKeyIdentifiers.length === 0
        ? []
        : [{ type: 'aki', values: challenge.authorityKeyIdentifiers.map(encodeBase64Url) }],
    issuers: challenge.issuerNames.map(encodeBase64),
    algs: challenge.algorithms,
  };
}

function readChallengeClaims(claims: JsonObject): Challenge {
  const issuer = readText(claims, 'iss', 2048);
  if (parseServerUrl(issuer) === undefined) {
    throw invalidClaim('iss', 'must be an https URL (http only on this machine)');
  }
  if (readText(claims, 'aud') !== challengeAudience) {
    throw invalidClaim('aud', `must be "${challengeAudience}"`);
  }
  return {
    issuer,
    transaction: readText(claims, 'jti'),
    nonce: readBase64Url(claims, 'nonce', nonceBytes),
    issuedAt: readTime(claims, 'iat'),
    expiresAt: readTime(claims, 'exp'),
    origins: readOrigins(claims),
    responseUri: readResponseUri(claims, issuer),
    authorityKeyIdentifiers: readList(claims, 'trusted_authorities', true).flatMap(
      readKeyIdentifiers,
    ),
    issuerNames: readBase64List(claims, 'issuers'),
    algorithms: readAlgorithms(claims),
  };
}

function readOrigins(claims: JsonObject): readonly string[] {
  const origins = readTextList(claims, 'origins');
  if (origins.some((origin) => parseOrigin(origin) === undefined)) {
    throw invalidClaim('origins', 'must hold web origins such as https://login.example.com');
  }
  return origins;
}

function readResponseUri(claims: JsonObject, issuer: string): string {
  const text = readText(claims, 'response_uri', 2048);
  const url = parseServerUrl(text);
  if (url === undefined || url.origin !== new URL(issuer).origin) {
    throw invalidClaim('response_uri', 'must be a URL on the issuer’s own origin');
  }
  return text;
}

/** Authorities of a type we do not know cannot match a certificate of ours: they are passed over. */
function readKeyIdentifiers(entry: JsonValue): readonly Uint8Array[] {
  if (!isJsonObject(entry) || typeof entry['type'] !== 'string') {
    throw invalidClaim('trusted_authorities', 'must hold objects with a type and values');
  }
  if (entry['type'] !== 'aki') return [];
  return readTextList(entry, 'values').map((value) => {
    const bytes = decodeBase64Url(value);
    if (bytes === undefined) {
      throw invalidClaim('trusted_authorities', 'must hold key identifiers in base64url');
    }
    return bytes;
  });
}

function readAlgorithms(claims: JsonObject): readonly SignatureAlgorithm[] {
  const known = readTextList(claims, 'algs').filter(isSignatureAlgorithm);
  if (known.length === 0) {
    throw invalidClaim('algs', 'names no signature algorithm that this agent knows');
  }
  return known;
}
