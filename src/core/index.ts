export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from './base64.ts';
export { bytesEqual, concatBytes, fromUtf8, toHex, utf8 } from './bytes.ts';
export { isWithin, systemClock, type Clock } from './clock.ts';
export {
  CountersignError,
  describeError,
  isCountersignError,
  type ErrorDetails,
  type ErrorTable,
} from './errors.ts';
export {
  isJsonObject,
  JsonError,
  jsonErrors,
  parseStrictJson,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
} from './json.ts';
export { silentLogger, type Logger, type LogFields } from './logger.ts';
export { randomUuid, systemRandom, type RandomSource } from './random.ts';
export {
  isSignatureAlgorithm,
  signatureAlgorithms,
  type SignatureAlgorithm,
} from './signature-algorithm.ts';
export { counted, formatDay, formatSecond, formatTime, isoOf } from './text.ts';
