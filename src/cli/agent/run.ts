/** `countersign run`: the daemon. What a challenge needs is loaded once the port is open. */
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Agent } from '../../agent/agent.ts';
import type { AgentStatus } from '../../agent/control/control-api.ts';
import { openControlServer, type ControlServer } from '../../agent/control/control-server.ts';
import { AgentError } from '../../agent/errors.ts';
import type { LoopbackListener } from '../../agent/loopback/listen.ts';
import { startLoopback } from '../../agent/loopback/loopback.ts';
import { preparePrivateDirectory } from '../../agent/state-directory.ts';
import { describeError, systemClock, type Logger } from '../../core/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { createLogger, type LogFormat, type LogLevel } from '../logging.ts';
import type { Output } from '../output.ts';
import { packageVersion } from '../version.ts';
import { loadSettings, type LoadedSettings } from './load-settings.ts';
import { peerOwnershipOf } from './peer-ownership.ts';
import { agentPlaces, type AgentPlaces } from './places.ts';

/** Options of the command. */
export interface RunOptions {
  readonly config?: string;
  readonly logLevel?: LogLevel;
  readonly logFormat: LogFormat;
}

/** Milliseconds for challenges under way when the agent is stopped. */
const graceMs = 5_000;
/** Milliseconds after which what is then still under way ends with the process. */
const exitMs = 500;

/**
 * Runs the agent until it is told to stop (SIGINT, SIGTERM).
 *
 * @throws ExitWith where it cannot start; the exit code says why
 */
export async function run(options: RunOptions, output: Output): Promise<void> {
  // Idle for most of its life: a young generation that grew in a burst would stay that large.
  setFlagsFromString('--semi-space-growth-factor=1');
  const places = agentPlaces(process.platform, process.env);
  const loaded = loadForRun(options.config, places);
  const { settings } = loaded;
  const logger = createLogger({
    level: options.logLevel ?? settings.logLevel,
    format: options.logFormat,
  });
  const daemon = new Daemon(loaded, places, logger);
  const stopped = stopSignal();
  try {
    await daemon.start();
    output.out(`listening on ${daemon.address()}\n`);
    await stopped;
    logger.info('Stopping');
  } finally {
    await daemon.stop();
    await logger.close();
    setTimeout(() => {
      process.exit();
    }, exitMs).unref();
  }
}

function loadForRun(config: string | undefined, places: AgentPlaces): LoadedSettings {
  const loaded = loadSettings(config, places);
  if (loaded.source === undefined) {
    throw new AgentError('settings_missing', {
      message: `No settings file was found; write ${places.settingsFiles.join(' or ')}, or name one with --config.`,
    });
  }
  if (loaded.settings.servers.length > 0) return loaded;
  throw new AgentError('settings_member_invalid', {
    member: 'servers',
    message: `${loaded.source}: "servers" must name at least one server, or the agent answers nobody.`,
  });
}

/** The parts of a running agent, in the order in which they start. */
class Daemon {
  readonly #loaded: LoadedSettings;
  readonly #places: AgentPlaces;
  readonly #logger: Logger;
  readonly #startedAt = systemClock.now();
  #control: ControlServer | undefined;
  #loopback: LoopbackListener | undefined;
  #agent: Promise<Agent> | undefined;
  #ready: Agent | undefined;

  constructor(loaded: LoadedSettings, places: AgentPlaces, logger: Logger) {
    this.#loaded = loaded;
    this.#places = places;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    const { settings } = this.#loaded;
    const userId = process.getuid?.();
    const socket = this.#places.controlSocket(settings.stateDirectory);
    preparePrivateDirectory(settings.stateDirectory, userId);
    if (process.platform !== 'win32') preparePrivateDirectory(dirname(socket), userId);
    try {
      // First, since whoever holds it is this user's one agent.
      this.#control = await openControlServer(socket, () => this.#status());
      this.#loopback = await startLoopback({
        ports: settings.ports,
        origins: settings.servers.flatMap(({ origins }) => origins),
        ownership: await peerOwnershipOf(process.platform, userId, this.#logger),
        answer: async (delivery) => (await this.#loadAgent()).answer(delivery),
        clock: systemClock,
        logger: this.#logger,
      });
    } catch (error) {
      throw await explainStart(error, settings.ports);
    }
    this.#loadAgent().catch((error: unknown) => {
      this.#logger.error('The agent cannot answer challenges', { reason: describeError(error) });
    });
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

  #loadAgent(): Promise<Agent> {
    this.#agent ??= import('./compose-agent.ts').then(({ composeAgent }) => {
      this.#ready = composeAgent(this.#loaded.settings, this.#places, this.#logger);
      return this.#ready;
    });
    return this.#agent;
  }

  #status(): AgentStatus {
    const { settings, source } = this.#loaded;
    return {
      version: packageVersion(),
      processId: process.pid,
      startedAt: this.#startedAt.toISOString(),
      port: this.#loopback?.port ?? 0,
      addresses: this.#loopback?.addresses ?? [],
      settingsSource: source ?? 'defaults',
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
  const { describePortHolder } = await import('../../agent/loopback/port-holder.ts');
  const holders = ports.map(describePortHolder).join('; ');
  const told = new AgentError('no_port_free', {
    message: `None of the loopback ports is free. Taken are ${holders}. End what holds one, or name other ports in the settings of agent and server.`,
    cause: error,
  });
  return new ExitWith(exitCodes.noPortFree, told);
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
