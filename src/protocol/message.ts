import { isJsonObject, JsonError, parseStrictJson, type JsonObject } from '../core/index.ts';
import { ProtocolError } from './errors.ts';
import { protocolLimits } from './limits.ts';

/**
 * Reads a JSON message that must be an object.
 *
 * @param text - the body
 * @param maxLength - its longest length, in characters
 * @throws ProtocolError `message_too_long` or `message_malformed`
 */
export function parseMessage(text: string, maxLength: number): JsonObject {
  if (text.length > maxLength) throw new ProtocolError('message_too_long');
  try {
    const value = parseStrictJson(text, { maxLength, maxDepth: protocolLimits.jsonDepth });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new ProtocolError('message_malformed', { message: cause.message, cause });
  }
  throw new ProtocolError('message_malformed', { message: 'The body must be a JSON object.' });
}
