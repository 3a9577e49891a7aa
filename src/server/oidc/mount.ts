/** Serves the OpenID provider, which speaks Koa, behind this server's guards. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { fromUtf8 } from '../../core/index.ts';
import type { Site } from '../api/index.ts';
import { ServerError } from '../errors.ts';
import { oidcMount, oidcPaths } from './paths.ts';
import type { Providers } from './provider.ts';

/** Largest body of an authorization or token request, in bytes. */
const bodyLimit = 32 * 1024;

/** How long others may keep the discovery document and the keys, in seconds. */
const metadataMaxAge = 3600;

/**
 * The authorization endpoint answers by a page that posts itself (OAuth 2.0 Form Post Response Mode)
 * or by an error page. The library adds the hash of its own script to `script-src`; the receiver of
 * the form may look at its Origin, which `no-referrer` would hide.
 */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'strict-origin',
} as const;

/** Adds the provider's routes, each by its name: nothing else of the library can be reached. */
export function mountProvider(app: FastifyInstance, site: Site, providers: Providers): void {
  void app.register((plugin, _options, done) => {
    // The provider reads the body itself, within its own bound.
    plugin.addContentTypeParser(formMediaType, (_request, _payload, parsed) => {
      parsed(null);
    });
    const forward = (path: string, headers: Headers, ...methods: readonly HTTPMethods[]): void => {
      plugin.route({
        method: [...methods],
        url: oidcMount + path,
        bodyLimit,
        handler: (request, reply) =>
          forwardRequest(request, reply.headers(headers), site, providers),
      });
    };
    const metadata = { 'cache-control': `public, max-age=${metadataMaxAge}` };
    forward(oidcPaths.discovery, metadata, 'GET', 'OPTIONS');
    forward(oidcPaths.keys, metadata, 'GET', 'OPTIONS');
    forward(oidcPaths.authorization, pageHeaders, 'GET');
    forward(`${oidcPaths.authorization}/:uid`, pageHeaders, 'GET');
    forward(oidcPaths.token, {}, 'POST', 'OPTIONS');
    forward(oidcPaths.userinfo, {}, 'GET', 'POST', 'OPTIONS');
    done();
  });
  void app.register((plugin, _options, done) => {
    plugin.addContentTypeParser<Buffer>(formMediaType, { parseAs: 'buffer' }, parseForm);
    plugin.post(oidcMount + oidcPaths.authorization, { bodyLimit }, (request, reply) => {
      asQuery(request);
      return forwardRequest(request, reply.headers(pageHeaders), site, providers);
    });
    done();
  });
}

type Headers = Readonly<Record<string, string>>;

const formMediaType = 'application/x-www-form-urlencoded';

/** A form, as the text that it was sent as. */
function parseForm(
  _request: FastifyRequest,
  bytes: Buffer,
  done: (error: Error | null, body?: string) => void,
): void {
  try {
    done(null, fromUtf8(bytes));
  } catch (cause) {
    done(new ServerError('request_malformed', { message: 'The body is not UTF-8 text.', cause }));
  }
}

/**
 * OpenID Connect Core section 3.1.2.1: the authorization endpoint takes POST as it takes GET. The
 * library does only where its cookies go along with requests of foreign sites; no cookie matters here.
 */
function asQuery({ raw, body }: FastifyRequest): void {
  if (typeof body !== 'string') throw new ServerError('media_type_unsupported');
  raw.method = 'GET';
  raw.url = `${oidcMount}${oidcPaths.authorization}?${body}`;
  delete raw.headers['content-type'];
  delete raw.headers['content-length'];
}

/** A request that knows where the one who serves it is mounted. */
type MountedRequest = IncomingMessage & { baseUrl?: string };

async function forwardRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  site: Site,
  providers: Providers,
): Promise<void> {
  const provider = await providers.current();
  const raw: MountedRequest = request.raw;
  const { protocol, host } = new URL(site.issuer());
  // Whatever a client says of its own way here, the guards have checked that it leads to this site.
  delete raw.headers['x-forwarded-for'];
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  raw.headers['x-forwarded-host'] = host;
  raw.url = providerUrl(request);
  raw.baseUrl = oidcMount;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  await provider.callback()(raw, reply.raw);
}

/**
 * The address as the provider knows it: the route's own spelling, whichever the client used (absolute
 * form, RFC 9112 section 3.2.2; escaped letters, RFC 3986 section 6.2.2.2), and the query as it stands.
 */
function providerUrl({ raw: { url = '' }, routeOptions, params }: FastifyRequest): string {
  const { uid = '' } = params as { readonly uid?: string };
  const path = (routeOptions.url ?? '').slice(oidcMount.length);
  const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  return path.replace(':uid', encodeURIComponent(uid)) + query;
}
