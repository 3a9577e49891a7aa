/** A browser, as far as redirects, cookies with paths, and forms that post themselves go. */

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** Where a browser has come to. */
export interface Arrival {
  readonly url: URL;
  readonly response: Response;
}

/** Follows redirects within one origin, and keeps cookies (RFC 6265 sections 5.1.4 and 5.3). */
export class CookieBrowser {
  readonly cookies = new Map<string, Cookie>();
  readonly #origin: string;

  /** @param origin - the only one that it talks to */
  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Goes to an address and on to wherever it leads, until that is a page or another origin. */
  async visit(address: string | URL, init: RequestInit = {}): Promise<Arrival> {
    const response = await this.fetch(address, init);
    const location = response.headers.get('location');
    if (location === null) return { url: new URL(address, this.#origin), response };
    const next = new URL(location, new URL(address, this.#origin));
    return next.origin === this.#origin ? this.visit(next) : { url: next, response };
  }

  async fetch(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.#origin);
    const headers = new Headers(init.headers);
    const cookies = Array.from(this.cookies)
      .filter(([, { path }]) => isBelow(url.pathname, path))
      .map(([name, { value }]) => `${name}=${value}`);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** Calls what a page's script calls. */
  call(path: string, method: string, body?: unknown): Promise<Response> {
    const json = { 'content-type': 'application/json' };
    return this.fetch(path, {
      method,
      headers: { origin: this.#origin, ...(body === undefined ? {} : json) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  #keep(header: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    const path = /;\s*path=([^;]*)/i.exec(header)?.[1] ?? '/';
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(header)) this.cookies.delete(name);
    else this.cookies.set(name, { value, path });
  }
}

function isBelow(pathname: string, path: string): boolean {
  if (pathname === path) return true;
  return pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** The form of a page that posts itself. */
export interface PostedForm {
  readonly action: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads the page by which a form is posted to a client (OAuth 2.0 Form Post Response Mode). */
export function readPostedForm(page: string): PostedForm {
  const action = /<form method="post" action="([^"]*)"/.exec(page)?.[1];
  if (action === undefined) throw new Error(`no form in:\n${page}`);
  const inputs = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  const fields = Array.from(
    inputs,
    ([, name = '', value = '']) => [name, unescape(value)] as const,
  );
  return { action: unescape(action), fields: new Map(fields) };
}

function unescape(text: string): string {
  return text.replace(/&#39;|&quot;|&lt;|&gt;|&amp;/g, (entity) => {
    const characters = { '&#39;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };
    return characters[entity as keyof typeof characters];
  });
}
