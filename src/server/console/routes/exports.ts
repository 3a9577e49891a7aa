/** Where lists are to be had as files: at the admin API, with the console's own session. */
import type { SignInFilters } from '../pages/sign-ins.ts';
import { toQuery } from './sign-in-filters.ts';

/** Address of the audit log as a file. */
export const auditExportAddress = '/admin/api/audit/export';

/** Address of sign-ins as a file. */
export function signInExportAddress(format: 'csv' | 'ndjson', filters: SignInFilters): string {
  const parameters = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(toQuery(filters))) {
    parameters.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  return `/admin/api/sign-ins/export?${parameters.toString()}`;
}
