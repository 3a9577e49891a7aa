export type { Application, ApplicationInput, Applications, IssuedSecret } from './applications.ts';
export { createApplications } from './create-applications.ts';
export { ApplicationError, applicationErrors, type ApplicationErrorCode } from './errors.ts';
export { applicationKinds, applicationLimits } from './parse-application.ts';
