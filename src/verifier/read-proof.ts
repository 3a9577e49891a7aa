import { Readable } from 'node:stream';
import { fromUtf8 } from '../core/index.ts';
import { ProtocolError, protocolLimits } from '../protocol/index.ts';

/**
 * Reads the body of an agent's POST, and stops where it is longer than any proof.
 *
 * @param body - such as a node:http request
 * @returns the text, which is not looked at
 * @throws ProtocolError `message_too_long`, `message_malformed` where it is not UTF-8
 */
export async function readProof(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A request that is closed here could not be answered.
  const source: AsyncIterable<Uint8Array> =
    body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > protocolLimits.proofLength) throw new ProtocolError('message_too_long');
    chunks.push(chunk);
  }
  try {
    return fromUtf8(Buffer.concat(chunks));
  } catch (cause) {
    throw new ProtocolError('message_malformed', { cause });
  }
}
