import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/index.ts';
import type { Application, ApplicationInput } from '../../applications/index.ts';
import { ServerError } from '../../errors.ts';
import { defaultPolicyId } from '../../policy/index.ts';
import type { ApplicationKind } from '../../storage/index.ts';
import type { Fields } from '../form.ts';
import type { ApplicationForm } from '../pages/application-fields.ts';
import {
  applicationPage,
  deletionOfApplication,
  disablingOfApplication,
  newSecretOfApplication,
  type ApplicationUse,
} from '../pages/application.ts';
import { applicationKindPage, applicationsPage } from '../pages/applications.ts';
import { confirmationPage, type Confirmation } from '../pages/confirmation.ts';
import { applicationKinds } from '../pages/labels.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'applications';
const week = 7 * 86_400_000;

/** What is shown besides the form. */
interface Shown {
  readonly application?: Application;
  readonly fault?: string | undefined;
  readonly secret?: string | undefined;
}

/** Adds the registered applications. */
export function registerApplications(scope: ConsoleScope): void {
  const { page, adminPage, action } = scope;
  page(`/${segment}`, async ({ administration, viewer }) => {
    const [applications, policies] = await Promise.all([
      administration.applications.list(),
      administration.policies.list(),
    ]);
    return show(applicationsPage(applications, policies, viewer));
  });
  adminPage(`/${segment}/new`, (request) => {
    const kind = findKind(request.query.text('kind'));
    return kind === undefined
      ? Promise.resolve(show(applicationKindPage()))
      : showApplication(scope, request, emptyForm(kind), {});
  });
  action(`/${segment}/new`, async (request) => {
    const form = readForm(request.form);
    const { value, fault } = await attempt(() =>
      request.administration.applications.add(toInput(form)),
    );
    if (value === undefined) return showApplication(scope, request, form, { fault });
    const { application, secret } = value;
    if (secret === undefined) return goTo([segment, application.id], 'The application is added.');
    return showApplication(scope, request, toForm(application), { application, secret });
  });
  page(`/${segment}/:id`, async (request) => {
    const application = await request.administration.applications.find(request.param('id'));
    return showApplication(scope, request, toForm(application), { application });
  });
  action(`/${segment}/:id`, (request) => change(scope, request));
  registerChanges(scope);
}

function registerChanges(scope: ConsoleScope): void {
  const { adminPage, action } = scope;
  adminPage(`/${segment}/:id/disable`, (request) => ask(request, disablingOfApplication));
  action(`/${segment}/:id/state`, async ({ administration, form, param }) => {
    const disabled = form.text('disabled') === 'yes';
    const version = form.integer('version');
    await administration.applications.replace(param('id'), version, { disabled });
    const text = disabled ? 'Nobody signs in through it until it is enabled.' : 'It is enabled.';
    return goTo([segment, param('id')], text);
  });
  adminPage(`/${segment}/:id/secret`, (request) => ask(request, newSecretOfApplication));
  action(`/${segment}/:id/secret`, async (request) => {
    const { application, secret } = await request.administration.applications.rotateSecret(
      request.param('id'),
    );
    return showApplication(scope, request, toForm(application), { application, secret });
  });
  adminPage(`/${segment}/:id/delete`, (request) => ask(request, deletionOfApplication));
  action(`/${segment}/:id/delete`, async ({ administration, param }) => {
    const { name } = await administration.applications.remove(param('id'));
    return goTo([segment], `${name} is deleted.`);
  });
}

/** Shows a question about an application, with what hangs on it. */
async function ask(
  { administration, param, viewer, now }: ConsoleRequest,
  question: (application: Application, use: ApplicationUse) => Confirmation,
) {
  const application = await administration.applications.find(param('id'));
  const from = new Date(now.getTime() - week);
  const { buckets } = await administration.signIns.statistics(from, now, 'day', application.id);
  const signIns = buckets.reduce((sum, { allowed, denied }) => sum + allowed + denied, 0);
  return show(confirmationPage(question(application, { signIns }), viewer));
}

async function change(scope: ConsoleScope, request: ConsoleRequest) {
  const { applications } = request.administration;
  const application = await applications.find(request.param('id'));
  const form = readForm(request.form);
  // A kind cannot be changed: what the form says of it is not looked at.
  const { kind } = application;
  const input = toChanges({ ...form, kind });
  const settings = { ...application.settings, ...toSettings({ ...form, kind }) };
  const { value, fault } = await attempt(() =>
    applications.replace(application.id, form.version, { ...input, settings }),
  );
  if (value !== undefined) return goTo([segment, value.id], 'The application is saved.');
  return showApplication(scope, request, { ...form, kind }, { application, fault });
}

async function showApplication(
  { context }: ConsoleScope,
  { administration, viewer }: ConsoleRequest,
  form: ApplicationForm,
  { application, fault, secret }: Shown,
) {
  const [policies, authorities] = await Promise.all([
    administration.policies.list(),
    administration.authorities.list(),
  ]);
  const issuer = `${context.site.issuer()}/oidc`;
  const input = { application, form, policies, authorities, fault, secret, issuer };
  return show(applicationPage(input, viewer), fault);
}

function findKind(text: string): ApplicationKind | undefined {
  return (Object.keys(applicationKinds) as ApplicationKind[]).find((kind) => kind === text);
}

function emptyForm(kind: ApplicationKind): ApplicationForm {
  return {
    kind,
    name: '',
    policy: defaultPolicyId,
    origins: '',
    redirectUris: '',
    isPublic: kind === 'entra',
    carryLoginHint: kind === 'okta',
    hardwareAuthorities: [],
    ...{ tenant: '', appId: '', cloud: '' },
    version: 0,
  };
}

function readForm(form: Fields): ApplicationForm {
  const kind = findKind(form.text('kind'));
  if (kind === undefined) throw new ServerError('request_malformed');
  return {
    kind,
    name: form.text('name'),
    policy: form.text('policy'),
    origins: form.raw('origins'),
    redirectUris: form.raw('redirectUris'),
    isPublic: form.text('public') === 'on',
    carryLoginHint: form.text('carryLoginHint') === 'on',
    hardwareAuthorities: form.list('hardwareAuthority'),
    tenant: form.text('tenant'),
    appId: form.text('appId'),
    cloud: form.text('cloud'),
    version: form.integer('version'),
  };
}

function toForm({ kind, name, policy, settings, version, ...rest }: Application): ApplicationForm {
  const entra = asObject(settings['entra']);
  const hardware = settings['hardwareAuthorities'];
  const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
  return {
    ...{ kind, name, policy, version },
    origins: rest.origins.join('\n'),
    redirectUris: rest.redirectUris.join('\n'),
    isPublic: !rest.hasSecret,
    carryLoginHint: settings['carryLoginHint'] === true,
    hardwareAuthorities: Array.isArray(hardware) ? hardware.map(text) : [],
    tenant: text(entra['tenant']),
    appId: text(entra['appId']),
    cloud: text(entra['authority']),
  };
}

function toInput(form: ApplicationForm): ApplicationInput {
  const { kind, isPublic } = form;
  const input = { ...toChanges(form), kind, settings: toSettings(form) };
  return isPublic ? { ...input, public: true } : input;
}

/** What can be changed later, but for the settings. */
function toChanges({ kind, name, policy, origins, redirectUris }: ApplicationForm) {
  return kind === 'api'
    ? { name, policy, origins: toLines(origins) }
    : { name, policy, redirectUris: toLines(redirectUris) };
}

function toSettings(form: ApplicationForm): JsonObject {
  const { kind, carryLoginHint, hardwareAuthorities, tenant, appId, cloud } = form;
  if (kind === 'api') return {};
  const common = { hardwareAuthorities: [...hardwareAuthorities] };
  if (kind !== 'entra') return { ...common, carryLoginHint };
  const entra = { tenant, appId, ...(cloud === '' ? {} : { authority: cloud }) };
  return { ...common, entra };
}

function toLines(text: string): string[] {
  return text.split(/\s+/).filter((line) => line !== '');
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
