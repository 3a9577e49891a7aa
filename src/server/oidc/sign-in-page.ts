/** The page at which a browser signs in through OpenID Connect. */
import { html, type Html } from '../html/index.ts';
import { renderFrame } from './error-page.ts';
import { interactionPath, oidcMount, oidcPaths } from './paths.ts';

/** What the page says. */
export interface SignInPage {
  /** The sign-in's id. */
  readonly uid: string;
  /** Name of the application. */
  readonly application: string;
  /** Where the person goes back to, as an origin. */
  readonly returnOrigin: string;
  readonly user?: string | undefined;
}

/** Renders the page. Its script runs the sign-in at once: there is nothing to type. */
export function renderSignInPage({ uid, application, returnOrigin, user }: SignInPage): Html {
  return renderFrame(
    `Sign in to ${application}`,
    html`<main data-sign-in="${interactionPath(uid)}">
      <h1>Sign in to ${application}</h1>
      <p class="lead">Your device proves itself with its certificate: there is nothing to type.</p>
      ${user !== undefined && html`<p>Signing in as <b>${user}</b>.</p>`}
      <ol id="steps" class="steps" aria-label="Progress">
        <li data-step="challenge">Ask the server for a challenge</li>
        <li data-step="agent">Find the agent on this device</li>
        <li data-step="delivery">Have the agent answer the challenge</li>
        <li data-step="verdict">Wait for the server’s verdict</li>
      </ol>
      <p id="hint" class="hint" hidden>
        Is your browser asking whether this page may
        <q>access other apps and services on this device</q>? Choose <b>Allow</b>: the agent is such
        a service.
      </p>
      <p id="announcement" class="visually-hidden" role="status"></p>
      <section
        id="outcome"
        class="banner"
        data-tone="bad"
        aria-labelledby="outcome-title"
        tabindex="-1"
        hidden
      >
        <h2 id="outcome-title"></h2>
        <p id="outcome-message"></p>
        <p id="outcome-reason" hidden></p>
        <h3>What you can do</h3>
        <ol id="outcome-steps"></ol>
        <p class="small">
          Code: <code id="outcome-code"></code
          ><span id="outcome-reference" hidden
            >, transaction <code id="outcome-transaction"></code
          ></span>
        </p>
      </section>
      <p id="leaving" class="hint" hidden>Your device is managed. Going back to ${application} …</p>
      <div class="actions">
        <button type="button" id="again" class="primary" hidden>Try again</button>
        <button type="button" id="give-up">Back to ${application} without signing in</button>
      </div>
      <p class="small">${application} is at ${returnOrigin}.</p>
      <noscript
        ><p class="hint">
          Signing in needs JavaScript: allow it for this page, and load it again.
        </p></noscript
      >
    </main>`,
    html`<script src="/client/countersign.js" defer></script>
      <script src="${oidcMount}${oidcPaths.page}/sign-in.js" type="module"></script> `,
  );
}
