import type { Site } from './api/index.ts';
import type { ResolvedOptions } from './options.ts';

/** The site, whose issuer is known from the start where the options name it, else once it listens. */
export function createSiteAddress(options: ResolvedOptions) {
  const { issuer, listen, applicationOrigins } = options;
  let address = issuer;
  const site: Site = {
    issuer() {
      if (address === undefined) throw new Error('the server does not listen yet');
      return address;
    },
    secure: issuer?.startsWith('https:') ?? false,
    applicationOrigins,
  };
  return {
    site,
    listening(port: number): void {
      address ??= `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`;
    },
  };
}
