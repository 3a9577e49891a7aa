import { signInPage, signInsPage } from '../pages/sign-ins.ts';
import { show, type ConsoleScope } from '../scope.ts';
import { signInExportAddress } from './exports.ts';
import { readFilters, toQuery } from './sign-in-filters.ts';

const pageSize = 50;

/** Adds the log of sign-ins. */
export function registerSignIns({ page }: ConsoleScope): void {
  page('/sign-ins', async ({ administration, query }) => {
    const filters = readFilters(query);
    const after = query.text('after') || undefined;
    const signIns = await administration.signIns.list({
      ...toQuery(filters),
      limit: pageSize,
      after,
    });
    const applications = await administration.applications.list();
    return show(signInsPage(signIns, filters, after, applications, signInExportAddress));
  });
  page('/sign-ins/:transaction', async ({ administration, param }) => {
    const signIn = await administration.signIns.find(param('transaction'));
    const applications = await administration.applications.list();
    const application = applications.find(({ id }) => id === signIn.application);
    return show(signInPage(signIn, application?.name));
  });
}
