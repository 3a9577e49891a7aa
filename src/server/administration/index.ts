export { actorOf, type Actor } from './actor.ts';
export type {
  Administration,
  Administrations,
  AdministratorInput,
  ApiTokenInfo,
  AuthorityDetails,
  AuthorityImpact,
  Overview,
  SignInStatistics,
} from './administration.ts';
export type { AdministrationContext } from './context.ts';
export { createAdministrations } from './create-administrations.ts';
export {
  AdministrationError,
  administrationErrors,
  type AdministrationErrorCode,
} from './errors.ts';
export { createTokenAccess, type TokenAccess } from './token-access.ts';
export { explanationJson, type Explanation, type ExplanationJson } from './explanation.ts';
