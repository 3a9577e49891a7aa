/** Bodies: read as bytes within a bound, strictly decoded, parsed by the protocol's own parsers. */
import type { FastifyInstance } from 'fastify';
import { fromUtf8 } from '../../core/index.ts';
import { proofMediaType } from '../../protocol/index.ts';
import { ServerError } from '../errors.ts';

/** A body as its route gets it. */
export interface TextBody {
  readonly type: 'json' | 'jwt';
  readonly text: string;
}

/** Makes application/json and application/jwt the only bodies that routes take. */
export function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const types = { 'application/json': 'json', [proofMediaType]: 'jwt' } as const;
  for (const [mediaType, type] of Object.entries(types)) {
    app.addContentTypeParser<Buffer>(mediaType, { parseAs: 'buffer' }, (_request, bytes, done) => {
      try {
        done(null, { type, text: fromUtf8(bytes) } satisfies TextBody);
      } catch (cause) {
        const message = 'The body is not UTF-8 text.';
        done(new ServerError('request_malformed', { message, cause }));
      }
    });
  }
}

/**
 * A body of one of the given types.
 *
 * @throws ServerError `media_type_unsupported`
 */
export function requireBody(body: unknown, ...types: readonly TextBody['type'][]): TextBody {
  const given = body as TextBody | undefined;
  if (given !== undefined && types.includes(given.type)) return given;
  throw new ServerError('media_type_unsupported');
}
