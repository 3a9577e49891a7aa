/** The server's TLS certificate and key: read at start, and again when they change or on SIGHUP. */
import { unwatchFile, watchFile } from 'node:fs';
import { describeError, type Logger } from '../../core/index.ts';
import { ServerError, type CountersignServer, type TlsFiles } from '../../server/index.ts';
import { readNamedFile } from './named-file.ts';
import type { ServerSettings } from './settings.ts';

/** Paths of the certificate chain and the key. */
export interface TlsPaths {
  readonly certFile: string;
  readonly keyFile: string;
}

/** How often the files are looked at, in milliseconds. */
const interval = 10_000;

/**
 * The paths in the settings; undefined where the server speaks plain http.
 *
 * @throws ServerError `tls_required` where only one is given
 */
export function tlsPaths(settings: ServerSettings): TlsPaths | undefined {
  const certFile = settings['tls.certFile'];
  const keyFile = settings['tls.keyFile'];
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new ServerError('tls_required', {
      message: 'The settings tls.certFile and tls.keyFile must be given both.',
    });
  }
  return { certFile, keyFile };
}

/** @throws CliError `file_unreadable` */
export function readTls({ certFile, keyFile }: TlsPaths): TlsFiles {
  return {
    certificate: readNamedFile(certFile).toString('utf8'),
    privateKey: readNamedFile(keyFile).toString('utf8'),
  };
}

/**
 * Has the server speak with new files once they are there. Files that do not fit together (one is
 * written, the other not yet) leave the old ones in use, and the log says so.
 *
 * @returns ends it
 */
export function followTls(
  paths: TlsPaths,
  server: Pick<CountersignServer, 'renewTls'>,
  logger: Logger,
): () => void {
  const renew = (): void => {
    try {
      server.renewTls(readTls(paths));
      logger.info('TLS certificate read again', { file: paths.certFile });
    } catch (error) {
      logger.warn('TLS certificate kept: the new one cannot be used', {
        error: describeError(error),
      });
    }
  };
  const files = [paths.certFile, paths.keyFile];
  for (const file of files) watchFile(file, { interval, persistent: false }, renew);
  process.on('SIGHUP', renew);
  return () => {
    for (const file of files) unwatchFile(file, renew);
    process.off('SIGHUP', renew);
  };
}
