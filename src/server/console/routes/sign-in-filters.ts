/** What the log of sign-ins is filtered by, in the address and in the storage. */
import type { SignInQuery } from '../../storage/index.ts';
import type { Fields } from '../form.ts';
import type { SignInFilters } from '../pages/sign-ins.ts';

const day = 86_400_000;

/** Reads the filters of an address; what makes no sense filters nothing. */
export function readFilters(query: Fields): SignInFilters {
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
