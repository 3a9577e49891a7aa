/** `countersign run`: the daemon. What a challenge needs is loaded once the port is open. */
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Agent } from '../../agent/agent.ts';
import type { AgentStatus } from '../../agent/control/control-api.ts';
import { openControlServer, type ControlServer } from '../../agent/control/control-server.ts';
import type { ResolvedSettings } from '../../agent/config/resolve-settings.ts';
import type { AgentSettings } from '../../agent/config/settings.ts';
import { AgentError } from '../../agent/errors.ts';
import { startLoopback, type Loopback } from '../../agent/loopback/loopback.ts';
import { preparePrivateDirectory } from '../../agent/state-directory.ts';
import { describeError, systemClock, type Logger } from '../../core/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { logFile } from '../log-file.ts';
import {
  createLogger,
  isJournal,
  type LogFormat,
  type LoggerSettings,
  type LogLevel,
} from '../logging.ts';
import type { Output } from '../output.ts';
import { packageVersion } from '../version.ts';
import { LiveSettings, reportProblems } from './live-settings.ts';
import { describeSources } from './load-settings.ts';
import { peerOwnershipOf } from './peer-ownership.ts';
import { agentPlaces, type AgentKind, type AgentPlaces } from './places.ts';

/** Options of the command. */
export interface RunOptions {
  readonly config?: string;
  readonly logLevel?: LogLevel;
  readonly logFormat: LogFormat;
  /** The machine's agent, not this user's. */
  readonly machine?: boolean;
  /** A pipe or socket: when its other end closes it, the agent stops. */
  readonly stopOnClose?: string;
  /** Path of a file, or true for the one in the state directory; standard error where undefined. */
  readonly logFile?: string | true;
}

/** Milliseconds for challenges under way when the agent is stopped. */
const graceMs = 5_000;
/** Milliseconds after which what is then still under way ends with the process. */
const exitMs = 500;

/**
 * Runs the agent until it is told to stop: SIGINT, SIGTERM, or a connection that closes.
 *
 * @throws ExitWith where it cannot start; the exit code says why
 */
export async function run(options: RunOptions, output: Output): Promise<void> {
  // Idle for most of its life: a young generation that grew in a burst would stay that large.
  setFlagsFromString('--semi-space-growth-factor=1');
  const kind = options.machine === true ? 'machine' : 'user';
  const places = agentPlaces(process.platform, process.env, kind);
  const live = await LiveSettings.load(options.config, places);
  const level = (): LogLevel => options.logLevel ?? live.current.settings.logLevel;
  const logger = createLogger({
    level: level(),
    format: options.logFormat,
    ...logStream(options.logFile, live.current.settings),
  });
  reportProblems(live.current, logger);
  const daemon = new Daemon(live, places, kind, logger);
  const stopped = Promise.race([stopSignal(), ...closed(options.stopOnClose)]);
  try {
    await daemon.start();
    live.follow(async (now, before) => {
      logger.setLevel(level());
      await daemon.apply(now, before);
    }, logger);
    output.out(`listening on ${daemon.address()}\n`);
    await stopped;
    logger.info('Stopping');
  } finally {
    await live.close();
    await daemon.stop();
    await logger.close();
    setTimeout(() => {
      process.exit();
    }, exitMs).unref();
  }
}

function logStream(
  file: RunOptions['logFile'],
  { stateDirectory }: AgentSettings,
): Pick<LoggerSettings, 'stream' | 'toJournal'> {
  if (file === undefined) return { toJournal: isJournal(process.env['JOURNAL_STREAM'], 2) };
  if (file !== true) return { stream: logFile(resolve(file), process.stderr) };
  preparePrivateDirectory(stateDirectory, process.getuid?.());
  return { stream: logFile(join(stateDirectory, 'agent.log'), process.stderr) };
}

/** The parts of a running agent, in the order in which they start. */
class Daemon {
  readonly #live: LiveSettings;
  /** Settings that have changed since come to the agent by `apply`. */
  readonly #startedWith: AgentSettings;
  readonly #places: AgentPlaces;
  readonly #kind: AgentKind;
  readonly #logger: Logger;
  readonly #startedAt = systemClock.now();
  #control: ControlServer | undefined;
  #loopback: Loopback | undefined;
  #agent: Promise<Agent> | undefined;
  #ready: Agent | undefined;

  constructor(live: LiveSettings, places: AgentPlaces, kind: AgentKind, logger: Logger) {
    this.#live = live;
    this.#startedWith = live.current.settings;
    this.#places = places;
    this.#kind = kind;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    const settings = this.#startedWith;
    const userId = process.getuid?.();
    const socket = this.#places.controlSocket(settings.stateDirectory);
    preparePrivateDirectory(settings.stateDirectory, userId);
    if (process.platform !== 'win32') preparePrivateDirectory(dirname(socket), userId);
    try {
      // First, since whoever holds it is this user's one agent.
      this.#control = await openControlServer(socket, () => this.#status());
      this.#loopback = await this.#listen(settings);
    } catch (error) {
      throw await explainStart(error, settings.ports);
    }
    this.#loadAgent().catch((error: unknown) => {
      this.#logger.error('The agent cannot answer challenges', { reason: describeError(error) });
    });
  }

  /** Takes other settings, as far as a running agent can. */
  async apply(now: ResolvedSettings, before: ResolvedSettings): Promise<void> {
    const { settings } = now;
    const { prepareDefaultStore } = await import('./compose-agent.ts');
    prepareDefaultStore(settings, this.#places);
    (await this.#loadAgent()).reconfigure(settings);
    this.#loopback?.allowOrigins(settings.servers.flatMap(({ origins }) => origins));
    await this.#moveTo(settings);
    this.#logger.info('The settings have changed', { sources: describeSources(now) });
    for (const member of ['stateDirectory', 'auditLog'] as const) {
      if (settings[member] === before.settings[member]) continue;
      this.#logger.warn('This setting takes effect when the agent is started again', { member });
    }
  }

  /** Such as `127.0.0.1:21861`; the first where there are two. */
  address(): string {
    const { addresses: [address = ''] = [], port = 0 } = this.#loopback ?? {};
    return `${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /** Stops accepting, finishes what is under way, closes stores and files. Harmless before start. */
  async stop(): Promise<void> {
    await this.#loopback?.close(graceMs);
    await this.#ready?.close();
    await this.#control?.close();
  }

  /** Leaves a port that the settings do not name any more, once another one can be had. */
  async #moveTo(settings: AgentSettings): Promise<void> {
    const left = this.#loopback;
    if (left !== undefined && settings.ports.includes(left.port)) return;
    try {
      this.#loopback = await this.#listen(settings);
      this.#logger.info('Listening on another port', { address: this.address() });
      await left?.close(graceMs);
    } catch (error) {
      const reason = describeError(error);
      this.#logger.error('The agent stays on its port', { port: left?.port, reason });
    }
  }

  async #listen(settings: AgentSettings): Promise<Loopback> {
    const userId = process.getuid?.();
    const answered = this.#kind === 'machine' ? 'local-users' : 'same-user';
    return startLoopback({
      ports: settings.ports,
      origins: settings.servers.flatMap(({ origins }) => origins),
      ownership: await peerOwnershipOf(process.platform, userId, answered, this.#logger),
      answer: async (delivery) => (await this.#loadAgent()).answer(delivery),
      clock: systemClock,
      logger: this.#logger,
    });
  }

  /** What kept the agent from being composed may be mended by the next challenge. */
  #loadAgent(): Promise<Agent> {
    this.#agent ??= this.#compose().finally(() => {
      if (this.#ready === undefined) this.#agent = undefined;
    });
    return this.#agent;
  }

  async #compose(): Promise<Agent> {
    const { composeAgent } = await import('./compose-agent.ts');
    // A machine's agent has no desktop.
    const noticeDays = (): number | undefined =>
      this.#kind === 'user' ? this.#live.current.settings.expiryNoticeDays : undefined;
    this.#ready = composeAgent(this.#startedWith, this.#places, this.#logger, noticeDays);
    return this.#ready;
  }

  #status(): AgentStatus {
    const { settings, problems } = this.#live.current;
    return {
      version: packageVersion(),
      processId: process.pid,
      startedAt: this.#startedAt.toISOString(),
      port: this.#loopback?.port ?? 0,
      addresses: this.#loopback?.addresses ?? [],
      settingsSource: describeSources(this.#live.current),
      settingsProblems: problems,
      servers: settings.servers.map(({ issuer }) => issuer),
      stores: this.#ready?.storeHealth() ?? [],
      challenges: this.#ready?.outcomes() ?? { managed: 0, refused: 0, declined: 0, failed: 0 },
    };
  }
}

/** Gives the failure to start its exit code, and a busy port its holder. */
async function explainStart(error: unknown, ports: readonly number[]): Promise<unknown> {
  if (!(error instanceof AgentError)) return error;
  if (error.code === 'already_running') return new ExitWith(exitCodes.alreadyRunning, error);
  if (error.code !== 'no_port_free') return error;
  const { portUseOf } = await import('./port-use.ts');
  const { runTool } = await import('./run-tool.ts');
  const useOf = portUseOf(process.platform, runTool);
  const holders = ports
    .map((port) => `${port} (${useOf(port) ?? 'it cannot be told by whom'})`)
    .join('; ');
  const told = new AgentError('no_port_free', {
    message: `None of the loopback ports is free. Taken are ${holders}. End what holds one, or name other ports in the settings of agent and server.`,
    cause: error,
  });
  return new ExitWith(exitCodes.noPortFree, told);
}

/** Windows has no signal for a service: there its host holds the other end of a pipe. */
function closed(place: string | undefined): readonly Promise<void>[] {
  if (place === undefined) return [];
  const connection = connect(place);
  return [
    new Promise((resolve) => {
      // Where nobody is at the other end, nobody could ever stop it.
      connection.on('error', () => undefined);
      connection.on('close', () => {
        resolve();
      });
      connection.resume();
    }),
  ];
}

/** Resolves with the first SIGINT or SIGTERM; a second one then ends the process as it always would. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
