/** Valid messages, and ways to break one thing in them. */
import { encodeBase64Url, utf8, type JsonObject, type JsonValue } from '../../../src/core/index.ts';

export const validChallengeHeader: JsonObject = {
  typ: 'device-challenge+jwt',
  alg: 'ES256',
  kid: 'key-1',
};

export const validChallengeClaims: JsonObject = {
  iss: 'https://login.example.com',
  aud: 'urn:countersign:agent',
  jti: 'transaction-1',
  nonce: encodeBase64Url(new Uint8Array(32).fill(7)),
  iat: 1_800_000_000,
  exp: 1_800_000_120,
  origins: ['https://login.example.com', 'https://app.example.com:8443'],
  response_uri: 'https://login.example.com/v1/proofs',
  trusted_authorities: [{ type: 'aki', values: ['s9tIpPmhxdiuNkHMEWNpYim8S8Y'] }],
  issuers: ['MAA='],
  algs: ['ES256', 'RS256'],
};

export const validProofHeader: JsonObject = {
  typ: 'device-proof+jwt',
  alg: 'ES256',
  x5c: ['MAA='],
  'x5t#S256': encodeBase64Url(new Uint8Array(32)),
};

export const validProofClaims: JsonObject = {
  iss: 'urn:uuid:6f1d3c52-8a4e-4b0f-9c1d-2e3f4a5b6c7d',
  aud: 'https://login.example.com/v1/proofs',
  nonce: encodeBase64Url(new Uint8Array(32).fill(7)),
  jti: 'proof-1',
  iat: 1_800_000_001,
  exp: 1_800_000_061,
  txn: 'transaction-1',
  cth: encodeBase64Url(new Uint8Array(32).fill(9)),
  origin: 'https://login.example.com',
  device: { platform: 'linux', os_version: '6.1', hostname: 'desk-17' },
  key: { store: 'pkcs11', protection: 'hardware', exportable: false },
  agent: { version: '0.1.0' },
};

/** A compact JWS with a signature that nobody checks here. */
export function compact(header: JsonValue, payload: JsonValue): string {
  const part = (value: JsonValue) => encodeBase64Url(utf8(JSON.stringify(value)));
  return `${part(header)}.${part(payload)}.${encodeBase64Url(new Uint8Array(64))}`;
}

/** A copy without one member. */
export function without(object: JsonObject, member: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== member));
}
