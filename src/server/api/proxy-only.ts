/** Plain http on a network address: for the reverse proxies that speak https, and for nobody else. */
import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ServerError } from '../errors.ts';

/**
 * Refuses what does not come from a trusted proxy, health checks apart.
 *
 * @param trustedProxies - addresses and networks (CIDR)
 */
export function registerProxyOnly(app: FastifyInstance, trustedProxies: readonly string[]): void {
  const proxies = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', bits] = proxy.split('/');
    const family = familyOf(address);
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const peer = request.socket.remoteAddress ?? '';
    if (request.routeOptions.config.anyHost !== true && !proxies.check(peer, familyOf(peer))) {
      throw new ServerError('https_required');
    }
    done();
  });
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
