/** The device proof: the agent's signed answer (docs/protocol.md, "Device proof"). */
import {
  decodeBase64,
  encodeBase64,
  signatureAlgorithms,
  type JsonObject,
  type SignatureAlgorithm,
} from '../core/index.ts';
import { nonceBytes } from './challenge.ts';
import {
  invalidClaim,
  readBase64Url,
  readChoice,
  readObject,
  readOptionalBoolean,
  readOptionalText,
  readText,
  readTime,
} from './claims.ts';
import { ProtocolError } from './errors.ts';
import { encodeSigningInput, parseCompactJws, type CompactJws } from './jws.ts';
import { protocolLimits } from './limits.ts';
import { parseOrigin } from './origin.ts';
import type { TokenTimes } from './token-times.ts';

/** `typ` of a proof. */
export const proofType = 'device-proof+jwt';

/** Media type a proof is posted as. */
export const proofMediaType = 'application/jwt';

/** Operating systems, as a proof names them. */
export const devicePlatforms = ['windows', 'macos', 'linux'] as const;

/** One of {@link devicePlatforms}. */
export type DevicePlatform = (typeof devicePlatforms)[number];

/** Where a key lives, by the agent's own word. */
export const keyProtections = ['hardware', 'software', 'unknown'] as const;

/** What the agent says of its device. Claims, not evidence. */
export interface DeviceClaims {
  readonly platform: DevicePlatform;
  readonly osVersion: string;
  readonly hostname: string;
  readonly serial?: string | undefined;
}

/** What the agent says of the key it signed with. Claims, not evidence. */
export interface KeyClaims {
  /** Kind of store: the scheme of its URI. */
  readonly store: string;
  readonly protection: (typeof keyProtections)[number];
  readonly exportable?: boolean | undefined;
}

/** What a proof says. */
export interface DeviceProof extends TokenTimes {
  /** `iss`: this agent's instance, a urn:uuid. */
  readonly agentInstance: string;
  /** `aud`: the challenge's `response_uri`. */
  readonly audience: string;
  /** `nonce` of the challenge. */
  readonly nonce: string;
  /** `jti`: this proof. */
  readonly id: string;
  /** `txn`: the challenge's `jti`. */
  readonly transaction: string;
  /** `cth`: base64url SHA-256 of the challenge JWS. */
  readonly challengeHash: string;
  /** `origin`: the web origin that delivered the challenge, as the agent saw it. */
  readonly origin: string;
  readonly device: DeviceClaims;
  readonly key: KeyClaims;
  readonly agentVersion: string;
}

/** The protected header of a proof. */
export interface DeviceProofHeader {
  readonly algorithm: SignatureAlgorithm;
  /** `x5c`: DER certificates, leaf first. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]];
  /** `x5t#S256`: base64url SHA-256 of the leaf. */
  readonly leafThumbprint: string;
}

/** A proof that has been read; nothing of it is verified yet. */
export interface UnverifiedDeviceProof {
  readonly header: DeviceProofHeader;
  readonly proof: DeviceProof;
  readonly jws: CompactJws;
}

/**
 * Reads a proof's form. That `x5t#S256` equals the leaf's hash, and all else, is the verifier's.
 *
 * @param text - the compact JWS
 * @throws ProtocolError with the code and member of the first rule that is broken
 */
export function parseDeviceProof(text: string): UnverifiedDeviceProof {
  const jws = parseCompactJws(text, {
    maxLength: protocolLimits.proofLength,
    type: proofType,
    algorithms: signatureAlgorithms,
  });
  return { header: readHeader(jws.header), proof: readProofClaims(jws.payload), jws };
}

/** The text a device signs: RFC 7515 section 5.1 step 5 over header and claims. */
export function proofSigningInput(header: DeviceProofHeader, proof: DeviceProof): string {
  return encodeSigningInput(
    {
      typ: proofType,
      alg: header.algorithm,
      x5c: header.certificates.map(encodeBase64),
      'x5t#S256': header.leafThumbprint,
    },
    proofClaims(proof),
  );
}

function proofClaims(proof: DeviceProof): JsonObject {
  const { device, key } = proof;
  return {
    iss: proof.agentInstance,
    aud: proof.audience,
    nonce: proof.nonce,
    jti: proof.id,
    iat: proof.issuedAt,
    exp: proof.expiresAt,
    txn: proof.transaction,
    cth: proof.challengeHash,
    origin: proof.origin,
    device: {
      platform: device.platform,
      os_version: device.osVersion,
      hostname: device.hostname,
      ...(device.serial === undefined ? {} : { serial: device.serial }),
    },
    key: {
      store: key.store,
      protection: key.protection,
      ...(key.exportable === undefined ? {} : { exportable: key.exportable }),
    },
    agent: { version: proof.agentVersion },
  };
}

function readHeader(header: JsonObject): DeviceProofHeader {
  // parseCompactJws has checked that alg is one of ours.
  const algorithm = readChoice(header, 'alg', signatureAlgorithms);
  const thumbprint = header['x5t#S256'];
  if (typeof thumbprint !== 'string') throw invalidHeader('x5t#S256', 'is missing');
  return { algorithm, certificates: readCertificates(header['x5c']), leafThumbprint: thumbprint };
}

/** x5c holds standard base64, not base64url (RFC 7515 section 4.1.6). */
function readCertificates(value: unknown): readonly [Uint8Array, ...Uint8Array[]] {
  if (!Array.isArray(value)) throw invalidHeader('x5c', 'must be an array of certificates');
  if (value.length > protocolLimits.certificates) {
    throw invalidHeader('x5c', `holds more than ${protocolLimits.certificates} certificates`);
  }
  const [leaf, ...others] = value.map((entry: unknown) => {
    const der = typeof entry === 'string' ? decodeBase64(entry) : undefined;
    if (der === undefined) throw invalidHeader('x5c', 'must hold standard base64');
    if (der.length > protocolLimits.certificateBytes) {
      throw invalidHeader('x5c', `has one over ${protocolLimits.certificateBytes} bytes`);
    }
    return der;
  });
  if (leaf === undefined) throw invalidHeader('x5c', 'must hold the device certificate');
  return [leaf, ...others];
}

function invalidHeader(member: string, rule: string): ProtocolError {
  return new ProtocolError('jws_header_invalid', {
    member,
    message: `The proof’s ${member} header ${rule}.`,
  });
}

const urnUuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const sha256Bytes = 32;

function readProofClaims(claims: JsonObject): DeviceProof {
  const agentInstance = readText(claims, 'iss');
  if (!urnUuid.test(agentInstance)) throw invalidClaim('iss', 'must be a urn:uuid');
  const origin = readText(claims, 'origin');
  if (parseOrigin(origin) === undefined) throw invalidClaim('origin', 'must be a web origin');
  return {
    agentInstance,
    audience: readText(claims, 'aud', 2048),
    nonce: readBase64Url(claims, 'nonce', nonceBytes),
    id: readText(claims, 'jti'),
    issuedAt: readTime(claims, 'iat'),
    expiresAt: readTime(claims, 'exp'),
    transaction: readText(claims, 'txn'),
    challengeHash: readBase64Url(claims, 'cth', sha256Bytes),
    origin,
    device: readDevice(readObject(claims, 'device')),
    key: readKey(readObject(claims, 'key')),
    agentVersion: readText(readObject(claims, 'agent'), 'version'),
  };
}

function readDevice(device: JsonObject): DeviceClaims {
  return {
    platform: readChoice(device, 'platform', devicePlatforms),
    osVersion: readText(device, 'os_version'),
    hostname: readText(device, 'hostname'),
    serial: readOptionalText(device, 'serial'),
  };
}

function readKey(key: JsonObject): KeyClaims {
  return {
    store: readText(key, 'store'),
    protection: readChoice(key, 'protection', keyProtections),
    exportable: readOptionalBoolean(key, 'exportable'),
  };
}
