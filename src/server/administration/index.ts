export { actorOf, type Actor } from './actor.ts';
export type {
  Administration,
  Administrations,
  AdministratorInput,
  AdministratorUseCases,
  AlarmUseCases,
  ApiTokenInfo,
  ApiTokenUseCases,
  ApplicationUseCases,
  AuditUseCases,
  AuthorityDetails,
  AuthorityImpact,
  AuthorityUseCases,
  CertificateUseCases,
  CrlUseCases,
  DeviceUseCases,
  FederationUseCases,
  Overview,
  OverviewUseCases,
  PlatformUseCases,
  PolicyUseCases,
  SignInStatistics,
  SignInUseCases,
  SigningKeyUseCases,
} from './administration.ts';
export type { AdministrationContext } from './context.ts';
export { createAdministrations } from './create-administrations.ts';
export {
  AdministrationError,
  administrationErrors,
  type AdministrationErrorCode,
} from './errors.ts';
export { createTokenAccess, type TokenAccess } from './token-access.ts';
export {
  explanationJson,
  type Explanation,
  type ExplanationJson,
  type PathCertificateJson,
  type RefusedPathJson,
} from './explanation.ts';
