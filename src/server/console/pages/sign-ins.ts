/** Sign-ins: the live log, and one verdict in full. */
import { formatSecond } from '../../../core/index.ts';
import { isAllowed } from '../../../protocol/index.ts';
import type { Application } from '../../applications/index.ts';
import type { Page, SignIn } from '../../storage/index.ts';
import {
  address,
  badge,
  disclosure,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  pager,
  section,
  selectField,
  submitButton,
  table,
  textField,
  timeElement,
  type ConsolePage,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { acceptedPath, checkList, refusedPaths } from './certificate-views.ts';
import { protectionName, shortName, systemName } from './labels.ts';

/** What the list is filtered by, as the address says it. */
export interface SignInFilters {
  readonly outcome: '' | 'allowed' | 'denied';
  readonly code: string;
  readonly application: string;
  readonly device: string;
  readonly user: string;
  /** A day, `2026-01-31`. */
  readonly from: string;
  /** A day, `2026-01-31`; inclusive. */
  readonly to: string;
}

/** Where the list's content can be had as a file, by format. */
export type ExportAddress = (format: 'csv' | 'ndjson', filters: SignInFilters) => string;

/** The list. */
export function signInsPage(
  page: Page<SignIn>,
  filters: SignInFilters,
  after: string | undefined,
  applications: readonly Application[],
  exportAddress: ExportAddress,
): ConsolePage {
  const names = new Map(applications.map(({ id, name }) => [id, name]));
  const query = { ...filters };
  return {
    title: 'Sign-ins',
    area: 'sign-ins',
    content: html`${pageHead(
        'Sign-ins',
        'Every verdict with its reason and path, the youngest first.',
        html`${linkButton(exportAddress('csv', filters), 'Export CSV')}
        ${linkButton(exportAddress('ndjson', filters), 'Export NDJSON')}`,
      )}
      ${filterForm(filters, applications)} ${filters.device !== '' && oneDevice(filters.device)}
      <div id="live" class="stack" ${after === undefined && html` data-live="sign-ins"`}>
        ${page.items.length === 0 ? nothing(isFiltered(filters)) : signInTable(page.items, names)}
      </div>
      ${pager(['sign-ins'], query, after, page.next)}`,
  };
}

function isFiltered(filters: SignInFilters): boolean {
  return Object.values(filters).some((value) => value !== '');
}

function nothing(isSearch: boolean): Html {
  return isSearch
    ? emptyState(
        'No sign-in fits',
        'Try fewer filters.',
        linkButton(address(['sign-ins']), 'Show all'),
      )
    : emptyState(
        'No sign-ins yet',
        'As soon as somebody signs in at an application, the verdict and its reason stand here.',
      );
}

/** The device is no field of the form: what is left out for its sake is said. */
function oneDevice(device: string): Html {
  return html`<p>
    Only sign-ins of <a href="${address(['devices', device])}">one device</a>.
    <a href="${address(['sign-ins'])}">Show those of all</a>
  </p>`;
}

function filterForm(filters: SignInFilters, applications: readonly Application[]): Html {
  return html`<form
    method="get"
    action="${address(['sign-ins'])}"
    class="card filters"
    role="search"
  >
    ${selectField({
      name: 'outcome',
      label: 'Outcome',
      value: filters.outcome,
      choices: [
        { value: '', label: 'All' },
        { value: 'allowed', label: 'Allowed' },
        { value: 'denied', label: 'Denied' },
      ],
    })}
    ${textField({ name: 'code', label: 'Reason (code)', value: filters.code })}
    ${selectField({
      name: 'application',
      label: 'Application',
      value: filters.application,
      choices: [
        { value: '', label: 'All' },
        ...applications.map(({ id, name }) => ({ value: id, label: name })),
      ],
    })}
    ${textField({ name: 'user', label: 'Person', value: filters.user })}
    ${textField({ name: 'from', label: 'From (UTC)', type: 'date', value: filters.from })}
    ${textField({ name: 'to', label: 'To (UTC)', type: 'date', value: filters.to })}
    ${filters.device !== '' && html`<input type="hidden" name="device" value="${filters.device}" />`}
    <div class="form-actions">
      ${submitButton('Filter', 'plain')}
      ${isFiltered(filters) && linkButton(address(['sign-ins']), 'Clear')}
    </div>
  </form>`;
}

/** A table of sign-ins; pages of devices show it too. */
export function signInTable(
  signIns: readonly SignIn[],
  applications: ReadonlyMap<string, string>,
): Html {
  return table(
    'Sign-ins',
    [
      {
        title: 'Time',
        heading: true,
        cell: ({ result }: SignIn) =>
          html`<a href="${address(['sign-ins', result.transaction])}"
            ><time datetime="${result.decidedAt}">${formatSecond(result.decidedAt)}</time></a
          >`,
      },
      { title: 'Outcome', short: true, cell: outcomeBadge },
      { title: 'Reason', short: true, cell: ({ result }) => html`<code>${result.code}</code>` },
      { title: 'Device', cell: deviceLink },
      {
        title: 'Application',
        cell: ({ application, origin }) =>
          application === undefined
            ? hostOf(origin)
            : (applications.get(application) ?? application),
      },
      { title: 'Person', cell: ({ user }) => user },
    ],
    signIns,
    'sign-ins',
  );
}

/** A page's origin without its scheme: the record has it in full. */
function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, '');
}

function deviceLink({ device, result }: SignIn): Html | string | undefined {
  const name = result.device?.hostname ?? shortName(result.path?.[0]?.subject ?? '');
  if (device === undefined) return name;
  return html`<a href="${address(['devices', device])}">${name === '' ? device : name}</a>`;
}

function outcomeBadge({ result }: SignIn): Html {
  return isAllowed(result) ? badge('good', 'Allowed') : badge('bad', 'Denied');
}

/** One verdict in full. */
export function signInPage(signIn: SignIn, applicationName: string | undefined): ConsolePage {
  const { result } = signIn;
  const { path, refusedPaths: refused = [], decision } = result;
  return {
    title: 'Sign-in',
    area: 'sign-ins',
    content: html`${pageHead(
        'Sign-in',
        html`${timeElement(result.decidedAt)}, transaction <code>${result.transaction}</code>`,
      )}
      ${notice(
        isAllowed(result) ? 'good' : 'bad',
        html`<p class="notice-title">${isAllowed(result) ? 'Allowed' : 'Denied'}</p>
          <p>${result.message}</p>
          ${
            decision !== undefined &&
            (result.managed || decision.outcome === 'allow') &&
            html`<p>Policy: ${decision.message}</p>`
          }
          <p><code>${result.code}</code></p>`,
      )}
      <div class="columns">
        ${section('Who and what', aboutSignIn(signIn, applicationName))}
        ${section('Checks', checkList(result.checks))}
      </div>
      ${path !== undefined && section('Certification path', acceptedPath(path))}
      ${refused.length > 0 && section('Paths that were refused', refusedPaths(refused))}
      ${disclosure(
        'The record as JSON',
        html`<pre
          class="scroll"
          tabindex="0"
        ><code>${JSON.stringify(signIn, null, 2)}</code></pre>`,
      )}`,
  };
}

function aboutSignIn(signIn: SignIn, applicationName: string | undefined): Html {
  const { result, device, user, origin, application } = signIn;
  const { decision } = result;
  return facts([
    [
      'Device',
      device === undefined
        ? result.device?.hostname
        : html`<a href="${address(['devices', device])}">${result.device?.hostname ?? device}</a>`,
    ],
    ['System', result.device && systemName(result.device)],
    [
      'Key',
      result.device &&
        `${result.device.key.store} store, protection (the agent’s word): ${protectionName(result.device.key.protection)}`,
    ],
    ['Agent', result.device?.agentVersion],
    ['Person', user],
    [
      'Application',
      application !== undefined &&
        html`<a href="${address(['applications', application])}"
          >${applicationName ?? application}</a
        >`,
    ],
    ['Page', origin],
    [
      'Policy',
      decision?.policy !== undefined &&
        html`<a href="${address(['policies', decision.policy.id])}">${decision.policy.name}</a
          >${decision.rule !== undefined && `, rule ${decision.rule.index + 1}: ${decision.rule.name}`}`,
    ],
  ]);
}
