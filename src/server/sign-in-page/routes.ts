import type { FastifyInstance } from 'fastify';
import { ServerError } from '../errors.ts';
import { readPageFiles } from './page-files.ts';

/** Where the pages' own scripts import from: the address of this folder's page/ as they see it. */
const path = '/sign-in-page/page';

/** The style sheet of every sign-in page; a page's own comes after it. */
export const sharedStyle = `${path}/style.css`;

/** What every page of the server stands on; {@link sharedStyle} brings it along. */
export const foundationStyle = `${path}/foundation.css`;

/** Adds the route of the files that the pages share. */
export function registerSignInPageFiles(app: FastifyInstance): void {
  registerPageFiles(app, path, new URL('./page/', import.meta.url));
}

/**
 * Adds the route of a page's files.
 *
 * @param prefix - path of the files' folder, as browsers see it
 * @param folder - its URL here, with a trailing slash
 */
export function registerPageFiles(app: FastifyInstance, prefix: string, folder: URL): void {
  const files = readPageFiles(folder);
  app.get<{ Params: { file: string } }>(`${prefix}/:file`, (request, reply) => {
    const file = files.get(request.params.file);
    if (file === undefined) throw new ServerError('route_not_found');
    return reply
      .header('cache-control', 'public, max-age=300')
      .type(file.mediaType)
      .send(file.content);
  });
}
