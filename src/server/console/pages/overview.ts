/** The first page: how things stand, in figures and plots. */
import { counted, formatDay } from '../../../core/index.ts';
import type { Overview, SignInStatistics } from '../../administration/index.ts';
import type { CrlDescription, RevocationProblem } from '../../revocation/index.ts';
import type { ExpiringWeek } from '../../storage/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  barTable,
  columnPlot,
  distanceElement,
  emptyState,
  linkButton,
  notice,
  pageHead,
  section,
  spanBar,
  table,
  type ConsolePage,
  type PlotColumn,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { warningText } from './authority-parts.ts';
import { shortName } from './labels.ts';

/** Spans of time that the first page's statistics can have. */
export const overviewSpans = ['day', 'week', 'month'] as const;

/** One of {@link overviewSpans}. */
export type OverviewSpan = (typeof overviewSpans)[number];

const spanTitles: Readonly<Record<OverviewSpan, string>> = {
  day: 'Last 24 hours',
  week: 'Last 7 days',
  month: 'Last 30 days',
};

/** The page. */
export function overviewPage(
  overview: Overview,
  statistics: SignInStatistics,
  span: OverviewSpan,
  now: Date,
): ConsolePage {
  return {
    title: 'Overview',
    area: '',
    content: html`${pageHead('Overview', 'Which devices prove themselves, and which do not.')}
      ${firstSteps(overview)} ${attention(overview)} ${figures(overview)} ${spanLinks(span)}
      ${section('Verdicts over time', verdicts(statistics))}
      <div class="columns">
        ${section('Reasons for refusal', reasons(statistics))}
        ${section('Certificates expiring by week', expiring(overview.expiring))}
      </div>
      ${section('Revocation lists', crlAges(overview.crls, overview.problems, now))}`,
  };
}

function spanLinks(span: OverviewSpan): Html {
  return html`<nav aria-label="Span of time">
    <ul class="tabs">
      ${overviewSpans.map((name) => {
        const current = name === span && html` aria-current="true"`;
        return html`<li>
          <a href="${address([], { span: name })}" ${current}>${spanTitles[name]}</a>
        </li>`;
      })}
    </ul>
  </nav>`;
}

/** What is still to do on a new server. */
function firstSteps({ authorities, devices }: Overview): Html | undefined {
  if (authorities.length === 0) {
    return emptyState(
      'No certificate authority yet',
      'Add the certificate authority whose certificates your device management deploys. Devices with such a certificate then prove that they are managed.',
      linkButton(
        address(['certificate-authorities', 'add']),
        'Add certificate authority',
        'primary',
      ),
    );
  }
  if (devices.total > 0) return undefined;
  return notice(
    'neutral',
    html`<p class="notice-title">No device has signed in yet</p>
      <p>
        Deploy the agent, then open the sign-in page of an application on a managed device. Devices
        stand in the inventory from their first good proof on.
      </p>`,
  );
}

function attention({ devices, authorities, problems }: Overview): Html | undefined {
  const warnings = authorities.flatMap((authority: AuthorityInfo) =>
    authority.warnings.map(
      ({ code }) =>
        html`<li>
          <a href="${address(['certificate-authorities', authority.id])}"
            >${shortName(authority.certificate.subject)}</a
          >: ${warningText(authority, code)}
        </li>`,
    ),
  );
  const alarms = devices.openAlarms > 0 && [
    html`<li>
      <a href="${address(['alarms'])}">${counted(devices.openAlarms, 'open alarm')}</a>: a
      certificate was used on what looks like another machine.
    </li>`,
  ];
  const lists = problems.length > 0 && [
    html`<li>
      <a href="${address(['revocation'])}">${counted(problems.length, 'revocation source')}</a>
      gives nothing at the moment.
    </li>`,
  ];
  const all = [...(alarms || []), ...warnings, ...(lists || [])];
  if (all.length === 0) return undefined;
  return notice(
    'warn',
    html`<p class="notice-title">Needs a look</p>
      <ul>
        ${all}
      </ul>`,
  );
}

function figures({ devices, authorities }: Overview): Html {
  const active = devices.total - devices.deactivated;
  const rows: readonly (readonly [string, number, string])[] = [
    ['Active devices', active, address(['devices'], { state: 'active' })],
    ['Open alarms', devices.openAlarms, address(['alarms'])],
    ['Certificate authorities', authorities.length, address(['certificate-authorities'])],
  ];
  return html`<dl class="figures">
    ${rows.map(
      ([name, value, href]) =>
        html`<div>
          <dt><a href="${href}">${name}</a></dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function verdicts({ buckets, bucket, from }: SignInStatistics): Html {
  const allowed = buckets.reduce((sum, one) => sum + one.allowed, 0);
  const denied = buckets.reduce((sum, one) => sum + one.denied, 0);
  if (allowed + denied === 0) {
    return html`<p class="small">No sign-in in this time.</p>`;
  }
  const every = Math.ceil(buckets.length / 8);
  const columns = buckets.map(({ start, allowed, denied }, index): PlotColumn => {
    const iso = start.toISOString();
    const hour = `${iso.slice(11, 16)} UTC`;
    const tick = bucket === 'hour' ? iso.slice(11, 16) : iso.slice(5, 10);
    return {
      label: bucket === 'hour' ? `${formatDay(start)} ${hour}` : formatDay(start),
      ...(index % every === 0 ? { tick } : {}),
      values: [allowed, denied],
    };
  });
  const list = (outcome: string): string =>
    address(['sign-ins'], { outcome, from: formatDay(from) });
  return html`<p>
      <a href="${list('allowed')}">${counted(allowed, 'sign-in')} allowed</a>,
      <a href="${list('denied')}">${denied} denied</a>.
    </p>
    ${verdictPlot(columns, bucket)}`;
}

function verdictPlot(columns: readonly PlotColumn[], bucket: SignInStatistics['bucket']): Html {
  return columnPlot(
    'Verdicts over time',
    bucket === 'hour' ? 'Hour' : 'Day',
    [
      { name: 'Allowed', tone: 'good' },
      { name: 'Denied', tone: 'bad' },
    ],
    columns,
  );
}

function reasons({ reasons: counted }: SignInStatistics): Html {
  if (counted.length === 0) return html`<p class="small">Nobody was refused in this time.</p>`;
  return barTable(
    'Reasons for refusal',
    'Reason',
    counted.slice(0, 12).map(({ code, count: value }) => ({
      label: html`<a href="${address(['sign-ins'], { code })}"><code>${code}</code></a>`,
      value,
    })),
  );
}

function expiring(weeks: readonly ExpiringWeek[]): Html {
  if (weeks.every(({ certificates }) => certificates === 0)) {
    return html`<p class="small">
      No device’s certificate ends within ${counted(Math.max(1, weeks.length), 'week')}.
    </p>`;
  }
  return columnPlot(
    'Certificates expiring by week',
    'Week from',
    [{ name: 'Certificates', tone: 'neutral' }],
    weeks.map(({ start, certificates }, index) => ({
      label: `Week from ${formatDay(start)}`,
      ...(index % 3 === 0 ? { tick: formatDay(start).slice(5) } : {}),
      values: [certificates],
    })),
  );
}

function crlAges(
  crls: readonly CrlDescription[],
  problems: readonly RevocationProblem[],
  now: Date,
): Html {
  if (crls.length === 0 && problems.length === 0) {
    return html`<p class="small">
      None yet. Lists are fetched from the addresses that certificates name, and can be uploaded.
    </p>`;
  }
  return html`${
    crls.length > 0 &&
    table(
      'Ages of revocation lists',
      [
        { title: 'Issuer', heading: true, cell: ({ issuer }) => shortName(issuer) },
        { title: 'Published', cell: ({ thisUpdate }) => distanceElement(thisUpdate, now) },
        {
          title: 'Next update',
          cell: ({ nextUpdate }) =>
            nextUpdate === undefined ? 'not announced' : distanceElement(nextUpdate, now),
        },
        { title: 'Age', hiddenTitle: true, cell: (crl) => ageBar(crl, now) },
      ],
      crls,
    )
  }
  ${problems.map(({ source, message }) =>
    notice(
      'warn',
      html`<p><code>${source}</code></p>
        <p>${message}</p>`,
    ),
  )}`;
}

function ageBar({ thisUpdate, nextUpdate }: CrlDescription, now: Date): Html | undefined {
  if (nextUpdate === undefined) return undefined;
  const span = nextUpdate.getTime() - thisUpdate.getTime();
  return spanBar((now.getTime() - thisUpdate.getTime()) / Math.max(1, span));
}
