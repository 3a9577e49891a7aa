import type { AdministratorInput } from '../../administration/index.ts';
import {
  administratorPage,
  deletionOfAdministrator,
  disablingOfAdministrator,
  newAdministratorPage,
} from '../pages/administrator.ts';
import { administratorsPage } from '../pages/administrators.ts';
import { apiTokensPage, revocationOfApiToken } from '../pages/api-tokens.ts';
import { ServerError } from '../../errors.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'administrators';
const roles = ['auditor', 'admin'] as const;

/** Adds the people and the tokens that administer the server. */
export function registerAdministrators(scope: ConsoleScope): void {
  const { page, adminPage, action } = scope;
  page(`/${segment}`, async ({ administration, viewer, now }) => {
    const administrators = await administration.administrators.list();
    return show(administratorsPage(administrators, viewer, now));
  });
  adminPage(`/${segment}/new`, ({ viewer }) =>
    Promise.resolve(show(newAdministratorPage({ name: '', role: 'auditor', subject: '' }, viewer))),
  );
  action(`/${segment}/new`, addAdministrator);
  page(`/${segment}/:id`, (request) => showAdministrator(request));
  registerChanges(scope);
  registerApiTokens(scope);
}

async function addAdministrator({ administration, form, viewer }: ConsoleRequest) {
  const [name, subject, password] = [form.text('name'), form.text('subject'), form.raw('password')];
  const input: AdministratorInput = {
    name,
    role: form.choice('role', roles),
    ...(password === '' ? {} : { password }),
    ...(subject === '' ? {} : { subject }),
  };
  const { value, fault } = await attempt(() => administration.administrators.add(input));
  if (value !== undefined) return goTo([segment], `${value.name} is added.`);
  return show(newAdministratorPage({ name, role: input.role, subject, fault }, viewer), fault);
}

function registerChanges({ adminPage, action }: ConsoleScope): void {
  action(`/${segment}/:id`, async (request) => {
    const { administration, form, param } = request;
    const role = form.choice('role', roles);
    const { value, fault } = await attempt(() =>
      administration.administrators.change(param('id'), form.integer('version'), { role }),
    );
    if (value === undefined) return showAdministrator(request, fault);
    return goTo([segment, value.id], 'Saved; the person signs in anew.');
  });
  adminPage(`/${segment}/:id/disable`, async ({ administration, param, viewer }) => {
    const administrator = await administration.administrators.find(param('id'));
    return show(confirmationPage(disablingOfAdministrator(administrator), viewer));
  });
  action(`/${segment}/:id/state`, async (request) => {
    const { administration, form, param } = request;
    const disabled = form.text('disabled') === 'yes';
    const { value, fault } = await attempt(() =>
      administration.administrators.change(param('id'), form.integer('version'), { disabled }),
    );
    if (value === undefined) return showAdministrator(request, fault);
    const text = disabled ? 'cannot sign in until enabled again.' : 'can sign in again.';
    return goTo([segment, value.id], `${value.name} ${text}`);
  });
  action(`/${segment}/:id/password`, async (request) => {
    const { administration, form, param } = request;
    const { value, fault } = await attempt(() =>
      administration.administrators.resetPassword(param('id'), form.raw('password')),
    );
    if (value === undefined) return showAdministrator(request, fault);
    return goTo([segment, value.id], 'The new password is set.');
  });
  adminPage(`/${segment}/:id/delete`, async ({ administration, param, viewer }) => {
    const administrator = await administration.administrators.find(param('id'));
    return show(confirmationPage(deletionOfAdministrator(administrator), viewer));
  });
  action(`/${segment}/:id/delete`, async (request) => {
    const { administration, param } = request;
    const { value, fault } = await attempt(() => administration.administrators.remove(param('id')));
    if (value === undefined) return showAdministrator(request, fault);
    return goTo([segment], `${value.name} is deleted.`);
  });
}

async function showAdministrator(
  { administration, param, viewer, now }: ConsoleRequest,
  fault?: string,
) {
  const administrator = await administration.administrators.find(param('id'));
  return show(administratorPage(administrator, fault, viewer, now), fault);
}

function registerApiTokens({ page, adminPage, action }: ConsoleScope): void {
  page('/api-tokens', (request) => showTokens(request, {}));
  action('/api-tokens', async (request) => {
    const { administration, form } = request;
    const fields = {
      name: form.text('name'),
      role: form.choice('role', roles),
      days: form.choice('days', ['30', '90', '365', '']),
    };
    const days = fields.days === '' ? undefined : Number(fields.days);
    const { value, fault } = await attempt(() =>
      administration.apiTokens.add(fields.name, fields.role, days),
    );
    if (value === undefined) return showTokens(request, { fault, form: fields });
    return showTokens(request, { secret: value.token });
  });
  adminPage('/api-tokens/:id/delete', async ({ administration, param, viewer, now }) => {
    const tokens = await administration.apiTokens.list();
    const token = tokens.find(({ id }) => id === param('id'));
    if (token === undefined) throw new ServerError('route_not_found');
    return show(confirmationPage(revocationOfApiToken(token, now), viewer));
  });
  action('/api-tokens/:id/delete', async ({ administration, param }) => {
    const { name } = await administration.apiTokens.remove(param('id'));
    return goTo(['api-tokens'], `The token ${name} is revoked.`);
  });
}

interface TokensShown {
  readonly fault?: string | undefined;
  readonly secret?: string;
  readonly form?: { readonly name: string; readonly role: string; readonly days: string };
}

async function showTokens({ administration, viewer, now }: ConsoleRequest, shown: TokensShown) {
  const tokens = await administration.apiTokens.list();
  const { form = { name: '', role: 'auditor', days: '90' }, fault, secret } = shown;
  return show(apiTokensPage({ tokens, form, fault, secret }, viewer, now), fault);
}
