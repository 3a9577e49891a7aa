export type { Application, ApplicationInput, Applications, IssuedSecret } from './applications.ts';
export { ApplicationError, applicationErrors, type ApplicationErrorCode } from './errors.ts';
