/** The fields of an application’s form, by its kind. */
import type { Application } from '../../applications/index.ts';
import type { Policy } from '../../policy/index.ts';
import type { ApplicationKind } from '../../storage/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  checkbox,
  choiceGroup,
  linkButton,
  postForm,
  selectField,
  submitButton,
  textArea,
  textField,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { shortName } from './labels.ts';

const segment = 'applications';

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

/** The form of an application, or of a new one. */
export function applicationFields(input: ApplicationFormInput, viewer: Viewer): Html {
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
