/** Strict reader and writer of the JWS compact serialization (RFC 7515 section 7.1). */
import {
  decodeBase64Url,
  encodeBase64Url,
  fromUtf8,
  isJsonObject,
  JsonError,
  parseStrictJson,
  utf8,
  type JsonObject,
} from '../core/index.ts';
import { ProtocolError } from './errors.ts';
import { protocolLimits } from './limits.ts';

/** A JWS taken apart; nothing of it is verified yet. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signature: Uint8Array;
  /** The bytes that were signed: ASCII of `header.payload` (RFC 7515 section 5.1 step 5). */
  readonly signingInput: Uint8Array;
}

/** What a reader expects of a JWS before it looks inside. */
export interface JwsExpectation {
  /** Longest text taken, in characters. */
  readonly maxLength: number;
  /** The media type in `typ`, without "application/" (RFC 8725 section 3.11). */
  readonly type: string;
  /** Accepted values of `alg`. */
  readonly algorithms: readonly string[];
}

/** Header members that would let a sender choose the key it is checked with. */
const forbiddenMembers = ['jwk', 'jku', 'x5u'] as const;

/**
 * Takes a JWS apart and checks its header's form.
 *
 * @param text - the compact serialization
 * @param expected - what it must be
 * @throws ProtocolError with a `jws_*` code or `message_too_long`
 */
export function parseCompactJws(text: string, expected: JwsExpectation): CompactJws {
  if (text.length > expected.maxLength) throw new ProtocolError('message_too_long');
  const [headerPart, payloadPart, signaturePart, ...rest] = text.split('.', 4);
  if (
    headerPart === undefined ||
    payloadPart === undefined ||
    signaturePart === undefined ||
    rest.length > 0
  ) {
    throw new ProtocolError('jws_malformed');
  }
  const header = decodeJsonPart(headerPart);
  checkHeader(header, expected);
  const signature = decodeBase64Url(signaturePart);
  if (signature === undefined || signature.length === 0) throw new ProtocolError('jws_malformed');
  return {
    header,
    payload: decodeJsonPart(payloadPart),
    signature,
    signingInput: utf8(`${headerPart}.${payloadPart}`),
  };
}

/** The text to be signed for a header and a payload: RFC 7515 section 5.1 step 5. */
export function encodeSigningInput(header: JsonObject, payload: JsonObject): string {
  return `${encodeJsonPart(header)}.${encodeJsonPart(payload)}`;
}

/** Joins what {@link encodeSigningInput} made with its signature. */
export function encodeCompactJws(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${encodeBase64Url(signature)}`;
}

function encodeJsonPart(value: JsonObject): string {
  return encodeBase64Url(utf8(JSON.stringify(value)));
}

function decodeJsonPart(part: string): JsonObject {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) throw new ProtocolError('jws_malformed');
  try {
    const value = parseStrictJson(fromUtf8(bytes), {
      maxLength: bytes.length,
      maxDepth: protocolLimits.jsonDepth,
    });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (cause instanceof JsonError || cause instanceof TypeError) {
      throw new ProtocolError('jws_malformed', { cause });
    }
    throw cause;
  }
  throw new ProtocolError('jws_malformed');
}

function checkHeader(header: JsonObject, expected: JwsExpectation): void {
  // RFC 7515 section 4.1.11: an extension that is not understood makes the JWS invalid.
  if ('crit' in header) throw new ProtocolError('jws_critical_unknown', { member: 'crit' });
  if (header['typ'] !== expected.type) {
    throw new ProtocolError('jws_type_unexpected', {
      member: 'typ',
      message: `The token’s typ header must be "${expected.type}".`,
    });
  }
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || !expected.algorithms.includes(algorithm)) {
    throw new ProtocolError('jws_algorithm_refused', {
      member: 'alg',
      message: `The token’s alg header must be one of ${expected.algorithms.join(', ')}.`,
    });
  }
  const forbidden = forbiddenMembers.find((member) => member in header);
  if (forbidden !== undefined) {
    throw new ProtocolError('jws_header_forbidden', { member: forbidden });
  }
}
