import type { IncomingMessage } from 'node:http';
import { fromUtf8 } from '../../core/index.ts';
import { ProtocolError, protocolLimits } from '../../protocol/index.ts';
import { AgentError } from '../errors.ts';

/**
 * Reads a JSON request's body as text, within the protocol's bounds.
 *
 * @param request - whose body has not been read
 * @param timeoutMs - milliseconds for it to arrive
 * @throws AgentError `media_type_refused`, `body_too_large` or `body_timeout`
 * @throws ProtocolError `message_malformed` where it is not UTF-8
 */
export async function readJsonBody(request: IncomingMessage, timeoutMs: number): Promise<string> {
  // A page can send other types without a preflight; only JSON makes the browser ask first.
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new AgentError('media_type_refused');
  }
  const bytes = await readBytes(request, timeoutMs);
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new ProtocolError('message_malformed', { message: 'The body is not UTF-8.', cause });
  }
}

function readBytes(request: IncomingMessage, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (error?: AgentError): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (error === undefined) resolve(Buffer.concat(chunks));
      else {
        request.pause();
        reject(error);
      }
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > protocolLimits.loopbackBodyBytes) settle(new AgentError('body_too_large'));
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      settle();
    };
    // The browser gave up in the middle of its own request; nobody reads the answer.
    const onClose = (): void => {
      settle(new AgentError('body_timeout'));
    };
    const timer = setTimeout(() => {
      settle(new AgentError('body_timeout'));
    }, timeoutMs);
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > protocolLimits.loopbackBodyBytes) settle(new AgentError('body_too_large'));
    else request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
