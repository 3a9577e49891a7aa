import type { SignInQuery } from '../../storage/index.ts';
import type { Fields } from '../form.ts';
import { signInPage, signInsPage, type SignInFilters } from '../pages/sign-ins.ts';
import { show, type ConsoleScope } from '../scope.ts';
import { signInExportAddress } from './exports.ts';

const pageSize = 50;
const day = 86_400_000;

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

function readFilters(query: Fields): SignInFilters {
  return {
    outcome: query.choice('outcome', ['', 'allowed', 'denied']),
    code: query.text('code'),
    application: query.text('application'),
    device: query.text('device'),
    user: query.text('user'),
    from: readDay(query.text('from')),
    to: readDay(query.text('to')),
  };
}

function readDay(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : '';
}

/** The filters as the storage has them; `to` is a day that is still shown. */
export function toQuery(filters: SignInFilters): Omit<SignInQuery, 'limit' | 'after'> {
  const { outcome, code, application, device, user, from, to } = filters;
  return {
    ...(outcome === '' ? {} : { allowed: outcome === 'allowed' }),
    ...(code === '' ? {} : { code }),
    ...(application === '' ? {} : { application }),
    ...(device === '' ? {} : { device }),
    ...(user === '' ? {} : { user }),
    ...(from === '' ? {} : { from: new Date(from) }),
    ...(to === '' ? {} : { before: new Date(Date.parse(to) + day) }),
  };
}
