/** Everything that somebody who is signed in can ask of the console. */
import { registerAdministrators } from './administrator-routes.ts';
import { registerApplications } from './application-routes.ts';
import { registerAuthorities } from './authority-routes.ts';
import { registerDevices } from './device-routes.ts';
import { registerEndpointManagement } from './endpoint-routes.ts';
import { registerOverview } from './overview-routes.ts';
import { registerPolicies } from './policy-routes.ts';
import { registerRevocation } from './revocation-routes.ts';
import { registerSettings } from './settings-routes.ts';
import { registerSignIns } from './sign-in-routes.ts';
import type { ConsoleScope } from '../scope.ts';

/** Adds every page and action but the entrance. */
export function registerRoutes(scope: ConsoleScope): void {
  registerAdministrators(scope);
  registerApplications(scope);
  registerAuthorities(scope);
  registerDevices(scope);
  registerEndpointManagement(scope);
  registerOverview(scope);
  registerPolicies(scope);
  registerRevocation(scope);
  registerSettings(scope);
  registerSignIns(scope);
}
