/** Registered applications and identity providers. */
import type { Application } from '../../applications/index.ts';
import type { Policy } from '../../policy/index.ts';
import type { ApplicationKind } from '../../storage/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  badge,
  checkbox,
  choiceGroup,
  copyable,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textArea,
  textField,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';
import { applicationKinds, shortName } from './labels.ts';

const segment = 'applications';

/** The list. */
export function applicationsPage(
  applications: readonly Application[],
  policies: readonly Policy[],
  viewer: Viewer,
): ConsolePage {
  const add = linkButton(address([segment, 'new']), 'Add application', 'primary');
  const policyNames = new Map(policies.map(({ id, name }) => [id, name]));
  return {
    title: 'Applications',
    area: segment,
    content: html`${pageHead(
      'Applications',
      'Applications and identity providers that ask this server whether a device is managed.',
      viewer.role === 'admin' && add,
    )}
    ${
      applications.length === 0
        ? emptyState(
            'No application yet',
            'Register your identity provider (Okta, Microsoft Entra ID, any OpenID Connect client), or a server of your own.',
            viewer.role === 'admin' ? add : undefined,
          )
        : table(
            'Applications',
            [
              {
                title: 'Name',
                heading: true,
                cell: ({ id, name }: Application) =>
                  html`<a href="${address([segment, id])}">${name}</a>`,
              },
              { title: 'Kind', cell: ({ kind }) => applicationKinds[kind].name },
              {
                title: 'Policy',
                cell: ({ policy }) =>
                  html`<a href="${address(['policies', policy])}"
                    >${policyNames.get(policy) ?? policy}</a
                  >`,
              },
              {
                title: 'State',
                cell: ({ disabled }) =>
                  disabled ? badge('neutral', 'Disabled') : badge('good', 'Active'),
              },
            ],
            applications,
          )
    }`,
  };
}

/** Which kind of application is to be added. */
export function applicationKindPage(): ConsolePage {
  const kinds = Object.entries(applicationKinds);
  return {
    title: 'Add application',
    area: segment,
    content: html`${pageHead('Add application', 'What does it speak?')}
      <div class="columns">
        ${kinds.map(([kind, { name, description }]) =>
          section(
            name,
            html`<p>${description}</p>
              <div>
                ${linkButton(address([segment, 'new'], { kind }), `Add ${name}`, 'plain')}
              </div>`,
          ),
        )}
      </div>`,
  };
}

/** An application as the form holds it: lists one item a line. */
export interface ApplicationForm {
  readonly kind: ApplicationKind;
  readonly name: string;
  readonly policy: string;
  readonly origins: string;
  readonly redirectUris: string;
  readonly isPublic: boolean;
  readonly carryLoginHint: boolean;
  /** Ids of authorities whose certificates are issued to keys in hardware only. */
  readonly hardwareAuthorities: readonly string[];
  readonly tenant: string;
  readonly appId: string;
  /** The cloud's authority; empty for the global one. */
  readonly cloud: string;
  readonly version: number;
}

/** What the form offers besides. */
export interface ApplicationFormInput {
  /** Undefined for one that is not there yet. */
  readonly application: Application | undefined;
  readonly form: ApplicationForm;
  readonly policies: readonly Policy[];
  readonly authorities: readonly AuthorityInfo[];
  readonly fault?: string | undefined;
  /** A secret that was made just now. */
  readonly secret?: string | undefined;
  /** Issuer URL of the OpenID provider. */
  readonly issuer: string;
}

/** One application, or a new one. */
export function applicationPage(input: ApplicationFormInput, viewer: Viewer): ConsolePage {
  const { application, form, fault, secret } = input;
  const kind = applicationKinds[form.kind];
  const title = application === undefined ? `Add ${kind.name}` : application.name;
  return {
    title,
    area: segment,
    content: html`${pageHead(
      title,
      kind.description,
      application !== undefined &&
        viewer.role === 'admin' &&
        applicationActions(application, viewer),
    )}
    ${secret !== undefined && secretNotice(secret)}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${application !== undefined && section('Connect it', connection(application, input.issuer))}
    ${
      viewer.role === 'admin'
        ? html`<div class="card">${applicationFields(input, viewer)}</div>`
        : section('Settings', readOnly(form))
    }`,
  };
}

/** The secret is in this answer alone. */
export function secretNotice(secret: string, what = 'client secret'): Html {
  return notice(
    'warn',
    html`<p class="notice-title">Copy the ${what} now</p>
      <p>It is shown this once; only its hash is kept.</p>
      <p class="secret">${copyable(secret, what)}</p>`,
    'status',
  );
}

function applicationActions(application: Application, { csrfToken }: Viewer): Html {
  const { id, disabled, version, hasSecret } = application;
  return html`${postForm(
    address([segment, id, 'state']),
    csrfToken,
    html`<input type="hidden" name="version" value="${version}" />
      <input type="hidden" name="disabled" value="${disabled ? 'no' : 'yes'}" />
      ${submitButton(disabled ? 'Enable' : 'Disable', 'plain')}`,
  )}
  ${hasSecret && linkButton(address([segment, id, 'secret']), 'New secret')}
  ${linkButton(address([segment, id, 'delete']), 'Delete', 'danger')}`;
}

function connection({ id, kind, hasSecret, createdAt }: Application, issuer: string): Html {
  const isOpenId = kind !== 'api';
  return facts([
    ['Client ID', copyable(id, 'client ID')],
    ['Client secret', hasSecret ? 'was shown when it was made' : 'none (public client)'],
    ['Issuer', isOpenId && copyable(issuer, 'issuer')],
    [
      'Discovery',
      isOpenId && copyable(`${issuer}/.well-known/openid-configuration`, 'discovery address'),
    ],
    ['Added', timeElement(createdAt)],
  ]);
}

function applicationFields(input: ApplicationFormInput, viewer: Viewer): Html {
  const { application, form, policies } = input;
  const isNew = application === undefined;
  const { kind } = form;
  return postForm(
    isNew ? address([segment, 'new'], { kind }) : address([segment, application.id]),
    viewer.csrfToken,
    html`<input type="hidden" name="kind" value="${kind}" />
      <input type="hidden" name="version" value="${form.version}" />
      ${textField({ name: 'name', label: 'Name', value: form.name, required: true, maxLength: 100 })}
      ${selectField({
        name: 'policy',
        label: 'Authentication policy',
        value: form.policy,
        choices: policies.map(({ id, name }) => ({ value: id, label: name })),
      })}
      ${kind === 'api' && originsField(form)} ${kind !== 'api' && redirectField(form)}
      ${kind === 'entra' && entraFields(form)} ${kind !== 'api' && openIdFields(input)}
      ${
        isNew &&
        (kind === 'oidc' || kind === 'entra') &&
        checkbox({
          name: 'public',
          label: 'Public client, without a secret',
          checked: form.isPublic,
        })
      }
      <div class="form-actions">
        ${submitButton(isNew ? 'Add' : 'Save')} ${linkButton(address([segment]), 'Cancel')}
      </div>`,
    'stacked',
  );
}

function originsField({ origins }: ApplicationForm): Html {
  return textArea({
    name: 'origins',
    label: 'Web origins of its sign-in pages',
    value: origins,
    rows: 3,
    code: true,
    hint: 'One a line, such as https://login.example.com.',
  });
}

function redirectField({ kind, redirectUris }: ApplicationForm): Html {
  const hints: Readonly<Record<ApplicationKind, string>> = {
    api: '',
    oidc: 'One a line, such as https://app.example.com/callback.',
    okta: 'As Okta shows it for the identity provider: https://YOUR-ORG.okta.com/oauth2/v1/authorize/callback.',
    entra: 'Leave empty for Entra’s own address.',
  };
  return textArea({
    name: 'redirectUris',
    label: 'Redirect URIs',
    value: redirectUris,
    rows: 3,
    code: true,
    hint: hints[kind],
  });
}

function entraFields({ tenant, appId, cloud }: ApplicationForm): Html {
  return html`${textField({
    name: 'tenant',
    label: 'Directory (tenant) ID',
    value: tenant,
    required: true,
  })}
  ${textField({
    name: 'appId',
    label: 'Application (client) ID of the app registration',
    value: appId,
    required: true,
    hint: 'The registration that stands for this server in the tenant.',
  })}
  ${textField({
    name: 'cloud',
    label: 'Authority of the cloud',
    value: cloud,
    hint: 'Leave empty for https://login.microsoftonline.com.',
  })}`;
}

function openIdFields({ form, authorities }: ApplicationFormInput): Html {
  return html`${
    form.kind !== 'entra' &&
    checkbox({
      name: 'carryLoginHint',
      label: 'Repeat login_hint as preferred_username',
      hint: 'Only for an identity provider that has authenticated the person itself, as Okta’s “factor only” does: the hint proves nothing.',
      checked: form.carryLoginHint,
    })
  }
  ${
    authorities.length > 0 &&
    choiceGroup({
      name: 'hardwareAuthority',
      label: 'Authorities that certify keys in hardware only',
      hint: 'Their devices’ tokens say amr “hwk”; all others say “swk”.',
      type: 'checkbox',
      values: form.hardwareAuthorities,
      choices: authorities.map(({ id, certificate }) => ({
        value: id,
        label: shortName(certificate.subject),
      })),
    })
  }`;
}

function readOnly(form: ApplicationForm): Html {
  return facts([
    ['Policy', html`<a href="${address(['policies', form.policy])}">${form.policy}</a>`],
    ['Web origins', form.origins],
    ['Redirect URIs', form.redirectUris],
    ['Tenant', form.tenant],
    ['App registration', form.appId],
  ]);
}

/** Making a new secret. */
export function newSecretOfApplication({ id, name }: Application): Confirmation {
  return {
    title: `Make a new secret for ${name}?`,
    area: segment,
    content: html`<p>
      The present secret ends at once: sign-ins fail until the new one is entered.
    </p>`,
    action: address([segment, id, 'secret']),
    button: 'Make a new secret',
    back: address([segment, id]),
  };
}

/** Deleting an application. */
export function deletionOfApplication({ id, name }: Application): Confirmation {
  return {
    title: `Delete ${name}?`,
    area: segment,
    content: html`<p>
      Nobody can sign in through it any more. It cannot be brought back: a new one has another
      client ID.
    </p>`,
    action: address([segment, id, 'delete']),
    button: 'Delete application',
    back: address([segment, id]),
  };
}
