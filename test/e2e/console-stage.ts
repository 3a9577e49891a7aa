/** A person at the console: the real server, a real browser that reports what its page may not do. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../testkit/browser.ts';
import { TestServer, type TestServerOptions } from '../testkit/programs.ts';

/** Screenshots of a run, to be looked at. */
const pictures = fileURLToPath(new URL('../output/console/', import.meta.url));

/** The name and password that every stage is set up with. */
export const administrator = { name: 'ada@example.com', password: 'correct horse battery' };

/** See the head of this file. */
export class ConsoleStage {
  readonly server: TestServer;
  readonly page: Page;
  /** What the browser would not do for a page, and errors of its script. */
  readonly complaints: string[] = [];
  readonly #browser: TestBrowser;

  private constructor(server: TestServer, browser: TestBrowser, page: Page) {
    this.server = server;
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
  }

  /** Starts server and browser; nobody is set up yet. */
  static async open(
    executable: string,
    options: Partial<TestServerOptions> = {},
  ): Promise<ConsoleStage> {
    mkdirSync(pictures, { recursive: true });
    // Passkeys are bound to a name: an address would not do.
    const server = await TestServer.start({
      ...{ authorities: [], loopbackPorts: [], hostName: 'localhost' },
      ...options,
    });
    const browser = await launchBrowser(executable, []);
    return new ConsoleStage(server, browser, await browser.context.newPage());
  }

  get context(): BrowserContext {
    return this.#browser.context;
  }

  /** The token that the first run has left in the data directory. */
  get setupToken(): string {
    return readFileSync(path.join(this.server.dataDirectory, 'setup-token'), 'utf8').trim();
  }

  /** Opens a page of the console. @param path - below /admin */
  async visit(path: string): Promise<void> {
    await this.page.goto(`${this.server.origin}/admin${path}`);
  }

  /** Presses a button and waits for the page that it leads to. */
  async press(name: string): Promise<void> {
    const button = this.page.getByRole('button', { name, exact: true });
    await Promise.all([this.page.waitForEvent('load'), button.click()]);
  }

  /** Follows a link. */
  async follow(name: string): Promise<void> {
    const link = this.page.getByRole('link', { name, exact: true }).first();
    await Promise.all([this.page.waitForEvent('load'), link.click()]);
  }

  /** What the page says about what was just done. */
  async said(): Promise<string> {
    const texts = await this.page.locator('main .notice').allTextContents();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ');
  }

  /** Gives files to a drop zone, as the file dialogue does. */
  async giveFiles(...files: readonly (readonly [name: string, content: Buffer | string])[]) {
    const chosen = files.map(([name, content]) => ({
      name,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(content),
    }));
    await Promise.all([
      this.page.waitForEvent('load'),
      this.page.locator('input[type=file]').setInputFiles(chosen),
    ]);
  }

  /** Keeps a picture of the whole page, in light and in dark. */
  async picture(name: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await this.page.emulateMedia({ colorScheme });
      const file = path.join(pictures, `${name}-${colorScheme}.png`);
      await this.page.screenshot({ path: file, fullPage: true });
    }
  }

  /** Makes the first administrator and stays signed in. */
  async setUp(): Promise<void> {
    await this.visit('/');
    await this.page.getByLabel('Set-up token').fill(this.setupToken);
    await this.page.getByLabel('Your name').fill(administrator.name);
    await this.page.getByLabel('Password').fill(administrator.password);
    await this.press('Set up');
  }

  /** Signs in with the password, from whatever page the entrance was met at. */
  async signIn(): Promise<void> {
    await this.page.getByLabel('Name').fill(administrator.name);
    await this.page.getByLabel('Password').fill(administrator.password);
    await this.press('Sign in');
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.remove();
  }
}
