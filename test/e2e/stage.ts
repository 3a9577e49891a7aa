/** What every end-to-end suite stands on: a CA, the real server, a real browser, agents on demand. */
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../testkit/browser.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { TestAgent, TestServer, type TestAgentOptions } from '../testkit/programs.ts';
import { TestCa, type TestCertificate, type TestLeafOptions } from '../testkit/test-ca.ts';
import { signIn, type ShownOutcome } from './sign-in-page.ts';

/** One stage per suite; agents end with each test. */
export class Stage {
  /** The CA that the server trusts. */
  readonly root = TestCa.root({ commonName: 'Example Root CA' });
  /** The CA below it, which issues device certificates. */
  readonly issuingCa = this.root.issueCa({ commonName: 'Example Device CA' });
  readonly #ports: readonly number[];
  #server: TestServer | undefined;
  #browser: TestBrowser | undefined;
  #page: Page | undefined;
  #agent: TestAgent | undefined;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  /**
   * Starts server and browser.
   *
   * @param executable - the browser's
   * @param flags - gives the browser's further flags for the server's port and the agents'
   */
  static async open(
    executable: string,
    flags: (serverPort: number, agentPorts: readonly number[]) => readonly string[] = () => [],
  ): Promise<Stage> {
    const stage = new Stage(await freePorts(3));
    stage.#server = await TestServer.start({
      authorities: [stage.root.certificate.pem],
      loopbackPorts: stage.#ports,
    });
    stage.#browser = await launchBrowser(executable, flags(stage.server.port, stage.#ports));
    stage.#page = await stage.#browser.context.newPage();
    return stage;
  }

  get server(): TestServer {
    return there(this.#server);
  }

  get page(): Page {
    return there(this.#page);
  }

  get agent(): TestAgent {
    return there(this.#agent);
  }

  /** The agent's port: the first one that pages try. */
  get agentPort(): number {
    return this.#ports[0] ?? 0;
  }

  /** Starts an agent that trusts the server, unless told otherwise. */
  async startAgent(options: Partial<TestAgentOptions> = {}): Promise<TestAgent> {
    const { origin } = this.server;
    this.#agent = await TestAgent.start({
      servers: [{ issuer: origin, origins: [origin] }],
      ports: this.#ports,
      ...options,
    });
    return this.#agent;
  }

  /** Starts an agent with a certificate of the issuing CA in its file store. */
  async startEnrolledAgent(options: TestLeafOptions = {}): Promise<TestCertificate> {
    const device = this.issuingCa.issue(options);
    const agent = await this.startAgent();
    agent.addIdentity('device', [device.pem, this.issuingCa.certificate.pem], device.keyPem);
    return device;
  }

  /** Opens the sign-in page and signs in. */
  async signIn(): Promise<ShownOutcome> {
    await this.page.goto(this.server.page);
    return signIn(this.page);
  }

  /** Ends the agent of a test. */
  async endTest(): Promise<void> {
    await this.#agent?.remove();
    this.#agent = undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.#browser?.close(), this.#server?.remove()]);
  }
}

function there<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('this part of the stage has not been started');
  return part;
}
