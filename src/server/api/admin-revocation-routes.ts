/** The admin API: how certificates below an authority are checked for revocation, and the CRLs. */
import type { FastifyInstance } from 'fastify';
import { fromUtf8, isJsonObject, parseStrictJson } from '../../core/index.ts';
import { ServerError } from '../errors.ts';
import { crlJson, maxCrlFileBytes } from '../revocation/index.ts';
import { authorityJson } from '../trust/index.ts';
import type { AuthorityRevocation } from '../storage/index.ts';
import type { ApiContext } from './context.ts';

/** Path of the collection of CRLs. */
const crlsPath = '/admin/api/crls';

const maxSettingsLength = 4096;

/** Adds the routes to the admin API's scope, in which any body is bytes. */
export function registerAdminRevocationRoutes(
  admin: FastifyInstance,
  { authorities, revocation, logger }: ApiContext,
  authoritiesPath: string,
): void {
  admin.patch<{ readonly Params: { readonly id: string } }>(
    `${authoritiesPath}/:id`,
    async (request) => {
      const changed = await authorities.setRevocation(
        request.params.id,
        readRevocationChanges(request.body),
      );
      logger.info('revocation settings changed', {
        id: changed.id,
        mode: changed.revocation.mode,
        methods: changed.revocation.methods.join(),
      });
      return authorityJson(changed);
    },
  );
  admin.get(crlsPath, async () => {
    const { crls, problems } = await revocation.list();
    return { crls: crls.map(crlJson), problems };
  });
  admin.post(crlsPath, { bodyLimit: maxCrlFileBytes + 1 }, async (request, reply) => {
    const file = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const crls = await revocation.upload(file);
    for (const { source, issuer } of crls) logger.info('CRL uploaded', { source, issuer });
    return reply.code(201).send({ crls: crls.map(crlJson) });
  });
  admin.delete<{ readonly Querystring: { readonly source?: string } }>(
    crlsPath,
    async (request, reply) => {
      const { source = '' } = request.query;
      await revocation.remove(source);
      logger.info('CRL removed', { source });
      return reply.code(204).send();
    },
  );
}

/** `{"revocation": {…}}` with the members to change; what they may be is the trust service's to say. */
function readRevocationChanges(body: unknown): Partial<AuthorityRevocation> {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  let text: string;
  try {
    text = fromUtf8(bytes);
  } catch (cause) {
    throw new ServerError('request_malformed', { message: 'The body is not UTF-8 text.', cause });
  }
  const value = parseStrictJson(text, { maxLength: maxSettingsLength, maxDepth: 4 });
  const changes = isJsonObject(value) ? value['revocation'] : undefined;
  if (!isJsonObject(changes)) {
    const message = 'The body must be {"revocation": {…}} with the settings to change.';
    throw new ServerError('request_malformed', { message });
  }
  return changes;
}
