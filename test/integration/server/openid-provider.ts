/** An OpenID provider as a company has one: oidc-provider, whose users are always signed in. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** Whom the provider says has signed in. */
export interface ProviderUser {
  readonly sub: string;
  readonly preferred_username?: string;
  readonly groups?: readonly string[];
}

/** See the head of this file. */
export class OpenidProvider {
  readonly issuer: string;
  readonly clientId = 'countersign';
  readonly clientSecret = 'a secret of the tests, long enough';
  /** Who is signed in. */
  user: ProviderUser = { sub: 'nobody' };
  readonly #http: Server;
  #answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;

  private constructor(http: Server) {
    this.#http = http;
    this.issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    http.on('request', (request, response) => {
      this.#answer(request, response);
    });
  }

  /** @param redirectUri - of its one client */
  static async start(redirectUri: string): Promise<OpenidProvider> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const one = new OpenidProvider(http);
    one.#answer = one.#serve(redirectUri);
    return one;
  }

  /** Follows a sign-in as a browser does, until it leaves the provider. @returns where it leads */
  async follow(location: string): Promise<URL> {
    const cookies = new Map<string, string>();
    let next = location;
    while (next.startsWith(this.issuer)) {
      const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const to = response.headers.get('location');
      if (to === null) throw new Error(`the provider answered ${response.status}`);
      next = new URL(to, next).href;
    }
    return new URL(next);
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #serve(redirectUri: string) {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          ...{ client_id: this.clientId, client_secret: this.clientSecret },
          redirect_uris: [redirectUri],
        },
      ],
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
      conformIdTokenClaims: false,
      cookies: { keys: ['a key of the tests'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => ({ ...this.user, groups: [...(this.user.groups ?? [])] }),
      }),
    });
    const callback = provider.callback();
    return (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url?.startsWith('/interaction/') !== true) void callback(request, response);
      else void this.#consent(provider, request, response);
    };
  }

  async #consent(provider: Provider, request: IncomingMessage, response: ServerResponse) {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
      const login = { accountId: this.user.sub };
      await provider.interactionFinished(request, response, { login });
      return;
    }
    const grant = new provider.Grant({
      ...{ accountId: session?.accountId ?? '', clientId: String(params['client_id']) },
    });
    grant.addOIDCScope(String(params['scope']));
    const consent = { grantId: await grant.save() };
    await provider.interactionFinished(request, response, { consent });
  }
}
