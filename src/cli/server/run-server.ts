/** What `countersign-server run` does. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemRandom, type Logger } from '../../core/index.ts';
import {
  createServer,
  openSetupToken,
  removeSetupToken,
  ServerError,
  type DataDirectory,
  type ServerOptions,
  type Storage,
} from '../../server/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { createLogger } from '../logging.ts';
import type { CommandContext, DataOptions } from './context.ts';
import { readNamedFile } from './named-file.ts';
import { revocationOptions } from './revocation-options.ts';
import { warnOfOpenSecrets } from './secret-files.ts';
import type { ServerSettings } from './settings.ts';
import { readSettings, withStorage } from './storage-access.ts';
import { followTls, readTls, tlsPaths, type TlsPaths } from './tls-files.ts';

/** Options of the command. */
export interface RunOptions extends DataOptions {
  readonly listen?: string;
  readonly issuer?: string;
  readonly demo?: true;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** Runs the server until a signal asks it to stop. */
export async function run(context: CommandContext, options: RunOptions): Promise<void> {
  const settings = readSettings(context, options, {
    listen: options.listen,
    issuer: options.issuer,
    demo: options.demo && 'true',
    'log.level': options.logLevel,
    'log.format': options.logFormat,
  });
  const logger = createLogger({
    level: settings['log.level'] ?? 'info',
    format: settings['log.format'] ?? 'text',
  });
  try {
    warnOfOpenSecrets(settings, logger);
    const work = async (storage: Storage, data: DataDirectory): Promise<void> => {
      if (data.adminTokenIsNew) {
        logger.info('administrator’s token made', { file: data.adminTokenPath });
      }
      const paths = tlsPaths(settings);
      const setupToken = await prepareSetup(storage, data);
      const tokens = { adminToken: data.adminToken, setupToken };
      const options = serverOptions(settings, paths, storage, tokens, logger);
      await serve(context, options, paths, data);
    };
    await withStorage(settings, work, logger);
  } finally {
    await logger.close();
  }
}

async function serve(
  context: CommandContext,
  options: ServerOptions & { logger: Logger },
  paths: TlsPaths | undefined,
  data: DataDirectory,
) {
  const { logger, storage } = options;
  const server = createServer(options);
  const stopped = stopSignal();
  const { issuer, port } = await listen(server);
  context.output.out(`listening on ${issuer}\n`);
  logger.info('server started', { issuer, host: options.listen.host, port });
  const monitoringPort = server.monitoringPort();
  if (monitoringPort !== undefined) {
    logger.info('monitoring served', { host: options.monitoring?.host, port: monitoringPort });
  }
  const unfollow = paths && followTls(paths, server, logger);
  if (options.demo === true) logger.info('demonstration served', { url: `${issuer}/demo/` });
  if (options.setupToken !== undefined) {
    // Never the token itself: logs are read by more people than the file.
    const url = `${issuer}/admin/setup`;
    logger.info('no administrator yet: set up the first one', { url, token: data.setupTokenPath });
  }
  if ((await storage.authorities.list()).length === 0) {
    logger.warn('no certificate authority yet: countersign-server ca add FILE');
  }
  logger.info('stopping', { signal: await stopped });
  unfollow?.();
  await server.close();
  logger.info('stopped');
}

/** As long as there is no administrator, who knows the token in the data directory makes the first. */
async function prepareSetup(storage: Storage, data: DataDirectory): Promise<string | undefined> {
  if ((await storage.administrators.list()).length === 0) return openSetupToken(data, systemRandom);
  removeSetupToken(data);
  return undefined;
}

async function listen(server: ReturnType<typeof createServer>) {
  try {
    return await server.listen();
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== 'listen_failed') throw error;
    throw new ExitWith(exitCodes.noPortFree, error);
  }
}

/** Resolves with the first signal that asks the process to stop; a second one ends it as usual. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: string): void => {
      for (const name of signals) process.off(name, stop);
      resolve(signal);
    };
    for (const name of signals) process.on(name, stop);
  });
}

function serverOptions(
  settings: ServerSettings,
  paths: TlsPaths | undefined,
  storage: Storage,
  tokens: Pick<ServerOptions, 'adminToken' | 'setupToken'>,
  logger: Logger,
) {
  return {
    storage,
    ...tokens,
    logger,
    listen: settings.listen,
    issuer: settings.issuer,
    tls: paths && readTls(paths),
    monitoring: settings['monitoring.listen'],
    trustedProxies: settings.trustedProxies,
    applicationOrigins: settings.applicationOrigins,
    loopbackPorts: settings.loopbackPorts,
    challengeLifetime: settings.challengeLifetime,
    signInRetention: settings.signInRetention,
    signingKeyAge: settings.signingKeyAge,
    revocation: revocationOptions(settings),
    demo: settings.demo,
    clientScript: readClientScript(),
    limits: given({
      challengesPerMinute: settings['limits.challengesPerMinute'],
      proofsPerMinute: settings['limits.proofsPerMinute'],
      requestsPerMinute: settings['limits.requestsPerMinute'],
      pendingTransactions: settings['limits.pendingTransactions'],
    }),
  };
}

/** The browser script, which the build puts beside the programs. */
function readClientScript(): string | undefined {
  const path = fileURLToPath(new URL('../../client/countersign.js', import.meta.url));
  return existsSync(path) ? readNamedFile(path).toString('utf8') : undefined;
}

/** Leaves out what was not given, so that defaults apply. */
function given<T extends object>(values: { readonly [Member in keyof T]: T[Member] | undefined }) {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
