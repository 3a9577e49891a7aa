/** What administrators and API tokens may do. */
import type { AdministratorRole } from '../../storage/index.ts';

/** Roles as a form offers them. */
export const roles = [
  { value: 'auditor', label: 'Auditor: looks at everything, changes nothing' },
  { value: 'admin', label: 'Administrator: changes everything' },
] as const;

/** The name of a role. */
export function roleName(role: AdministratorRole): string {
  return role === 'admin' ? 'Administrator' : 'Auditor';
}
