export { registerAdminApi } from './admin/index.ts';
export { registerApplicationRoutes } from './application-routes.ts';
export { registerBodies, requireBody } from './bodies.ts';
export type { ApiContext, Site } from './context.ts';
export {
  handleClientError,
  handleFrameworkError,
  registerErrorHandlers,
} from './error-handlers.ts';
export { registerGuards } from './guards.ts';
export { registerCors, requireOrigin } from './origin-check.ts';
export { createRateLimiter } from './rate-limiter.ts';
export { toProblem } from './problem.ts';
export { registerProofRoutes } from './proof-routes.ts';
export { registerProxyOnly } from './proxy-only.ts';
export { registerPublicRoutes } from './public-routes.ts';
export { registerTransactionRoutes } from './transaction-routes.ts';
