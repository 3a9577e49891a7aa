/** Somebody at the console without a script: follows forms as a browser does. */
import { TestBrowser, type ServerRig } from './server-rig.ts';

/** A page as it came. */
export interface VisitedPage {
  readonly status: number;
  readonly location: string | null;
  readonly html: string;
  readonly headers: Headers;
}

/** A browser at the console. */
export class ConsoleVisitor {
  readonly browser: TestBrowser;
  /** The token that the last page's forms carried. */
  csrf = '';

  constructor(rig: ServerRig) {
    this.browser = new TestBrowser(rig);
  }

  /** @param path - below /admin */
  async open(path: string): Promise<VisitedPage> {
    return this.#read(await this.browser.fetch(`/admin${path}`));
  }

  /** Sends a form with the token of the page before, unless the fields have another one. */
  async send(
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<VisitedPage> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ csrf: this.csrf, ...fields })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const init = { method: 'POST', headers: { ...type, ...headers }, body: body.toString() };
    return this.#read(await this.browser.fetch(`/admin${path}`, init));
  }

  /** Sends a form that is answered with a redirect. @returns the page that it leads to */
  async follow(
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<VisitedPage> {
    const { status, location, html } = await this.send(path, fields);
    if (status !== 303 || location === null) throw new Error(`${path}: ${status}\n${html}`);
    return this.open(location.replace(/^\/admin/, ''));
  }

  /** Signs in, and opens the first page. */
  async signIn(name: string, password: string): Promise<VisitedPage> {
    return this.follow('/sign-in', { name, password });
  }

  async #read(response: Response): Promise<VisitedPage> {
    const html = await response.text();
    this.csrf = /name="csrf"\s+value="([^"]+)"/.exec(html)?.[1] ?? this.csrf;
    const location = response.headers.get('location');
    return { status: response.status, location, html, headers: response.headers };
  }
}

/** The text of a piece of markup, as it is read. */
export function textOf(html: string): string {
  return html
    .replace(/<(head|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}
