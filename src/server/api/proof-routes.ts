/** The agent's interface: proofs and declines in, verdicts out. */
import type { FastifyInstance } from 'fastify';
import { protocolLimits, serverPaths } from '../../protocol/index.ts';
import { requireBody } from './bodies.ts';
import type { ApiContext } from './context.ts';

/** Adds the routes. */
export function registerProofRoutes(app: FastifyInstance, { submissions }: ApiContext): void {
  app.post(
    serverPaths.proofs,
    { bodyLimit: protocolLimits.proofLength, config: { rateLimit: 'proofs' } },
    (request) => {
      const { type, text } = requireBody(request.body, 'jwt', 'json');
      return type === 'jwt' ? submissions.submitProof(text) : submissions.submitDecline(text);
    },
  );
}
