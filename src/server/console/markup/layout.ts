/** The frame of every page. */
import { notice, postForm, submitButton, type Tone } from './elements.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import { foundationStyle } from '../../sign-in-page/index.ts';
import { address } from './address.ts';

/** Who looks at the page, and what their session says. */
export interface Viewer {
  readonly name: string;
  readonly role: 'admin' | 'auditor';
  /** Token of the session's forms. */
  readonly csrfToken: string;
  /** Whether they signed in lately enough to change who can sign in, and how. */
  readonly recent: boolean;
}

/** What a request before left to be said. */
export interface Flash {
  readonly tone: Tone;
  readonly text: string;
}

/** A page within the frame. */
export interface Page {
  readonly title: string;
  /** First segment of the address of the entry of the navigation that the page belongs to. */
  readonly area: string;
  readonly content: HtmlValue;
}

interface NavigationGroup {
  readonly title: string;
  readonly entries: readonly (readonly [segment: string, title: string])[];
}

const navigation: readonly NavigationGroup[] = [
  {
    title: 'Monitor',
    entries: [
      ['', 'Overview'],
      ['sign-ins', 'Sign-ins'],
      ['devices', 'Devices'],
      ['alarms', 'Alarms'],
    ],
  },
  {
    title: 'Device integrations',
    entries: [
      ['certificate-authorities', 'Certificate authority'],
      ['revocation', 'Revocation lists'],
      ['endpoint-management', 'Endpoint management'],
    ],
  },
  {
    title: 'Security',
    entries: [
      ['policies', 'Authentication policies'],
      ['applications', 'Applications'],
      ['signing-keys', 'Signing keys'],
    ],
  },
  {
    title: 'Administration',
    entries: [
      ['administrators', 'Administrators'],
      ['api-tokens', 'API tokens'],
      ['audit-log', 'Audit log'],
      ['settings', 'Settings'],
    ],
  },
];

/** A page of a signed-in administrator. */
export function renderPage(page: Page, viewer: Viewer, flash?: Flash): Html {
  return renderDocument(
    page.title,
    html`<header class="top-bar">
        <a class="brand" href="${address([])}">${logo()}<span>Countersign</span></a>
        <button type="button" class="button menu-button" popovertarget="navigation">Menu</button>
      </header>
      <nav id="navigation" class="navigation" aria-label="Console" popover>
        <a class="brand" href="${address([])}">${logo()}<span>Countersign</span></a>
        ${navigation.map((group) => renderGroup(group, page.area))}
        ${renderViewer(viewer, page.area)}
      </nav>
      <main id="main" tabindex="-1">
        ${flash !== undefined && notice(flash.tone, html`<p>${flash.text}</p>`, roleOf(flash))}
        ${page.content}
      </main>`,
    'console',
  );
}

/** A page for those who are not signed in. */
export function renderPlainPage(title: string, content: HtmlValue, flash?: Flash): Html {
  return renderDocument(
    title,
    html`<main id="main" class="plain card" tabindex="-1">
      <p class="brand">${logo()}<span>Countersign</span></p>
      <h1>${title}</h1>
      ${flash !== undefined && notice(flash.tone, html`<p>${flash.text}</p>`, roleOf(flash))}
      ${content}
    </main>`,
    'entrance',
  );
}

function roleOf({ tone }: Flash): 'alert' | 'status' {
  return tone === 'bad' ? 'alert' : 'status';
}

/** The console's own, in the order in which their rules count. */
const styleSheets = ['base', 'parts', 'forms', 'tables', 'narrow'];

function renderDocument(title: string, body: Html, className: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Countersign</title>
        <link rel="icon" href="/admin/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${foundationStyle}" />
        ${styleSheets.map((name) => html`<link rel="stylesheet" href="/admin/assets/${name}.css" />`)}
        <script src="/admin/assets/console.js" type="module"></script>
      </head>
      <body class="${className}">
        <a class="skip-link" href="#main">Skip to the content</a>
        ${body}
        <p id="announcement" class="visually-hidden" role="status"></p>
      </body>
    </html> `;
}

function logo(): Html {
  return html`<img src="/admin/assets/icon.svg" alt="" width="28" height="28" />`;
}

function renderGroup({ title, entries }: NavigationGroup, area: string): Html {
  const id = `navigation-${title.toLowerCase().replace(/\W+/g, '-')}`;
  return html`<h2 id="${id}">${title}</h2>
    <ul aria-labelledby="${id}">
      ${entries.map(([segment, name]) => html`<li>${navigationLink(segment, name, area)}</li>`)}
    </ul>`;
}

function navigationLink(segment: string, name: string, area: string): Html {
  const current = segment === area && html` aria-current="page"`;
  return html`<a href="${address(segment === '' ? [] : [segment])}" ${current}>${name}</a>`;
}

function renderViewer({ name, role, csrfToken }: Viewer, area: string): Html {
  return html`<div class="viewer">
    <p>
      ${navigationLink('account', name, area)}
      <span class="small">${role === 'admin' ? 'Administrator' : 'Auditor (reads only)'}</span>
    </p>
    ${postForm(address(['sign-out']), csrfToken, submitButton('Sign out', 'plain'))}
  </div>`;
}
