import type { FederationInput } from '../../admins/index.ts';
import { ServerError } from '../../errors.ts';
import type { SigningKeyPurpose } from '../../storage/index.ts';
import { auditLogPage } from '../pages/audit-log.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import { accountPage, removalOfPasskey } from '../pages/account.ts';
import { removalOfProvider, settingsPage, type FederationForm } from '../pages/settings.ts';
import { keyPurposes, replacementOfKeys, signingKeysPage } from '../pages/signing-keys.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';
import { auditExportAddress } from './exports.ts';

const pageSize = 50;

/** Adds signing keys, audit log, settings and one's own account. */
export function registerSettings(scope: ConsoleScope): void {
  registerSigningKeys(scope);
  scope.page('/audit-log', async ({ administration, query }) => {
    const filters = {
      actor: query.text('actor'),
      action: query.text('action'),
      target: query.text('target'),
    };
    const given = Object.entries(filters).filter(([, value]) => value !== '');
    const after = query.text('after') || undefined;
    const entries = await administration.audit.list({
      ...Object.fromEntries(given),
      limit: pageSize,
      after,
    });
    const isAsked = query.text('verify') === 'yes';
    const verification = isAsked ? await administration.audit.verify() : undefined;
    return show(auditLogPage(entries, filters, after, auditExportAddress, verification));
  });
  registerServerSettings(scope);
  registerAccount(scope);
}

function registerSigningKeys({ page, adminPage, action }: ConsoleScope): void {
  page('/signing-keys', async ({ administration: { signingKeys }, viewer }) => {
    const [challenges, openid] = await Promise.all([
      signingKeys.list('challenges'),
      signingKeys.list('openid'),
    ]);
    return show(signingKeysPage({ challenges, openid }, viewer));
  });
  action('/signing-keys/:purpose/rotate', async ({ administration, ...request }) => {
    await administration.signingKeys.rotate(false, readPurpose(request));
    return goTo(['signing-keys'], 'A new key is published; it signs once others can know it.');
  });
  adminPage('/signing-keys/:purpose/replace', (request) => {
    const asked = replacementOfKeys(readPurpose(request));
    return Promise.resolve(show(confirmationPage(asked, request.viewer)));
  });
  action('/signing-keys/:purpose/replace', async ({ administration, ...request }) => {
    await administration.signingKeys.rotate(true, readPurpose(request));
    return goTo(['signing-keys'], 'Every key is replaced; the new one signs from now on.');
  });
}

function readPurpose({ param }: Pick<ConsoleRequest, 'param'>): SigningKeyPurpose {
  const purpose = keyPurposes.find((one) => one === param('purpose'));
  if (purpose === undefined) throw new ServerError('route_not_found');
  return purpose;
}

function registerServerSettings({ page, adminPage, action }: ConsoleScope): void {
  page('/settings', (request) => showSettings(request));
  action('/settings/devices', async (request) => {
    const { administration, form } = request;
    const clones = form.choice('clones', ['refuse', 'alarm']);
    const { fault } = await attempt(() =>
      administration.devices.changeSettings(form.integer('version'), { clones }),
    );
    if (fault !== undefined) return showSettings(request, { fault });
    return goTo(['settings'], 'Saved.');
  });
  action('/settings/federation', async (request) => {
    const { administration, form } = request;
    const secret = form.raw('clientSecret');
    const fields = {
      name: form.text('name'),
      issuer: form.text('issuer'),
      clientId: form.text('clientId'),
      roleClaim: form.text('roleClaim'),
    };
    const input: FederationInput = {
      ...fields,
      ...(secret === '' ? {} : { clientSecret: secret }),
      adminValues: form.lines('adminValues'),
      auditorValues: form.lines('auditorValues'),
    };
    const { fault } = await attempt(() =>
      administration.federation.change(form.integer('version'), input),
    );
    if (fault === undefined) return goTo(['settings'], 'The OpenID provider is saved.');
    const given = {
      ...fields,
      adminValues: form.raw('adminValues'),
      auditorValues: form.raw('auditorValues'),
    };
    return showSettings(request, { fault, form: given });
  });
  adminPage('/settings/federation/remove', async ({ administration, viewer }) => {
    const [settings, administrators] = await Promise.all([
      administration.federation.settings(),
      administration.administrators.list(),
    ]);
    const stranded = administrators.filter(
      ({ federation, hasPassword, passkeys }) =>
        federation !== undefined && !hasPassword && passkeys.length === 0,
    );
    const names = stranded.map(({ name }) => name);
    return show(confirmationPage(removalOfProvider(settings, names), viewer));
  });
  action('/settings/federation/remove', async (request) => {
    const { administration, form } = request;
    const { fault } = await attempt(() =>
      administration.federation.change(form.integer('version'), undefined),
    );
    if (fault !== undefined) return showSettings(request, { fault });
    return goTo(['settings'], 'Administrators sign in with passwords and passkeys only.');
  });
}

async function showSettings(
  { administration, viewer }: ConsoleRequest,
  shown: { readonly fault?: string; readonly form?: FederationForm } = {},
) {
  const [inventory, federation] = await Promise.all([
    administration.devices.settings(),
    administration.federation.settings(),
  ]);
  const { provider } = federation;
  const form = shown.form ?? {
    name: provider?.name ?? '',
    issuer: provider?.issuer ?? '',
    clientId: provider?.clientId ?? '',
    roleClaim: provider?.roleClaim ?? 'roles',
    adminValues: (provider?.adminValues ?? []).join('\n'),
    auditorValues: (provider?.auditorValues ?? []).join('\n'),
  };
  return show(
    settingsPage({ inventory, federation, form, fault: shown.fault }, viewer),
    shown.fault,
  );
}

function registerAccount({ context, page, action }: ConsoleScope): void {
  const { ownAccount } = context;
  const showAccount = ({ signedIn, viewer, now }: ConsoleRequest, fault?: string) =>
    show(accountPage(signedIn.administrator, fault, viewer, now), fault);
  page('/account', (request) => Promise.resolve(showAccount(request)));
  action(
    '/account/password',
    async (request) => {
      const { form, signedIn, address } = request;
      const { fault } = await attempt(() =>
        ownAccount.changePassword(signedIn, form.raw('present'), form.raw('password'), address),
      );
      if (fault !== undefined) return showAccount(request, fault);
      return goTo(['account'], 'Your password is changed; your other sessions have ended.');
    },
    { forAuditors: true },
  );
  page('/account/passkeys/:id/delete', ({ signedIn, param, viewer }) => {
    const passkey = signedIn.administrator.passkeys.find(({ id }) => id === param('id'));
    if (passkey === undefined) throw new ServerError('route_not_found');
    return Promise.resolve(show(confirmationPage(removalOfPasskey(passkey), viewer)));
  });
  action(
    '/account/passkeys/:id/delete',
    async (request) => {
      const { signedIn, param, address } = request;
      const { fault } = await attempt(() =>
        ownAccount.removePasskey(signedIn, param('id'), address),
      );
      if (fault !== undefined) return showAccount(request, fault);
      return goTo(['account'], 'The passkey is removed.');
    },
    { forAuditors: true },
  );
}
