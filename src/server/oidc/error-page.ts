/** The page for a request that cannot be answered to its application. */
import { html, type Html } from '../html/index.ts';
import { sharedStyle } from '../sign-in-page/index.ts';
import { oidcMount, oidcPaths } from './paths.ts';

/**
 * Renders the page.
 *
 * @param message - a sentence or a phrase, for people
 * @param code - for those who look for the cause
 */
export function renderErrorPage(message: string, code: string): Html {
  return renderFrame(
    'Sign-in not possible',
    html`<main>
      <h1>This sign-in cannot go on</h1>
      <div class="banner" data-tone="bad">
        <p>${message}</p>
        <p class="small">Code: <code>${code}</code></p>
      </div>
      <p>
        Go back to the application and sign in again. If it stays like this, show this page to your
        help desk.
      </p>
    </main>`,
  );
}

/** What every page has around its content. */
export function renderFrame(title: string, content: Html, scripts?: Html): Html {
  const files = oidcMount + oidcPaths.page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${sharedStyle}" />
        <link rel="stylesheet" href="${files}/style.css" />
        ${scripts}
      </head>
      <body>
        ${content}
      </body>
    </html> `;
}
