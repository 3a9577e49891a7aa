/**
 * Where revocation data may be fetched from. Addresses stand in certificates, and a certificate's
 * CA is not this network's administrator: no request reaches a private network, this machine or a
 * cloud's metadata service unless the administrator lists it.
 */
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { RevocationError } from './errors.ts';

/** Resolves a host name to all its addresses. */
export type ResolveHost = (host: string) => Promise<readonly LookupAddress[]>;

/** What a request may connect to: checked addresses, so that a name cannot be resolved otherwise later. */
export interface CheckedTarget {
  readonly url: URL;
  readonly addresses: readonly LookupAddress[];
}

/** Checks addresses before anything connects to them. */
export interface AddressGuard {
  /**
   * @param address - an absolute URL
   * @throws RevocationError `address_unsupported`, `address_not_allowed` or `address_unresolved`
   */
  check(address: string): Promise<CheckedTarget>;
}

/** Networks that are not the public Internet's unicast (IANA special-purpose registries, RFC 6890). */
const reserved4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** Global unicast is 2000::/3 (RFC 4291 section 2.4); these parts of it are not for hosts or embed IPv4. */
const global6 = ['2000::/3'];
const reserved6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const blocked = networks([...reserved4, ...reserved6]);
const global = networks(global6);

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** An entry of `revocation.allowedAddresses`. */
interface AllowedAddress {
  /** Lower-case host name or address literal; undefined for a network. */
  readonly host: string | undefined;
  readonly network: BlockList | undefined;
  /** Undefined: the two usual ports. */
  readonly port: string | undefined;
}

const entryForm = /^(?:\[([0-9a-f:.]+)\]|([0-9a-z.-]+))(?::(\d{1,5}))?$/;

/**
 * Reads one entry: `HOST`, `HOST:PORT` (an IPv6 address with a port in brackets), or a network in
 * CIDR form.
 *
 * @returns undefined where it is none of these
 */
function parseAllowedAddress(entry: string): AllowedAddress | undefined {
  const text = entry.toLowerCase();
  if (text.includes('/')) {
    return isNetwork(text)
      ? { host: undefined, network: networks([text]), port: undefined }
      : undefined;
  }
  if (isIP(text) !== 0) return { host: text, network: networks([text]), port: undefined };
  const [, bracketed, name, port] = entryForm.exec(text) ?? [];
  const host = bracketed ?? name;
  if (host === undefined || (bracketed !== undefined && isIP(bracketed) !== 6)) return undefined;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return undefined;
  const network = isIP(host) === 0 ? undefined : networks([host]);
  return { host, network, port };
}

/** True for what `revocation.allowedAddresses` may hold. */
export function isAllowedAddress(entry: string): boolean {
  return parseAllowedAddress(entry) !== undefined;
}

/**
 * Makes a guard.
 *
 * @param allowed - entries that {@link isAllowedAddress} accepts
 * @param resolve - resolves host names; the system's resolver unless told
 */
export function createAddressGuard(
  allowed: readonly string[],
  resolve: ResolveHost = resolveHost,
): AddressGuard {
  const entries = allowed.map((entry) => {
    const parsed = parseAllowedAddress(entry);
    if (parsed === undefined) throw new Error(`not an address: ${entry}`);
    return parsed;
  });
  return {
    async check(address) {
      const url = parseAddress(address);
      const host = hostOf(url);
      const port = url.port === '' ? defaultPorts[url.protocol] : url.port;
      const usualPort = port === '80' || port === '443';
      const matching = entries.filter((entry) =>
        entry.port === undefined ? usualPort : entry.port === port,
      );
      const named = matching.some((entry) => entry.host === host && isIP(host) === 0);
      const addresses = await resolveAll(host, resolve);
      for (const { address: ip, family } of addresses) {
        const listed =
          named || matching.some(({ network }) => network?.check(ip, familyName(family)) === true);
        if (listed || (usualPort && isPublic(ip))) continue;
        throw new RevocationError('address_not_allowed', {
          // Public: it does not say which address inside a name stands for.
          message: `${address} leads to a private or special network, or to an unusual port. List it in revocation.allowedAddresses if that is right.`,
        });
      }
      return { url, addresses };
    },
  };
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || defaultPorts[url.protocol] === undefined) {
    throw new RevocationError('address_unsupported');
  }
  if (url.username !== '' || url.password !== '') {
    throw new RevocationError('address_not_allowed', {
      message: 'The address holds a user name or password.',
    });
  }
  url.hash = '';
  return url;
}

/** The host without brackets and without the root's dot. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

async function resolveAll(host: string, resolve: ResolveHost): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(host);
  } catch (cause) {
    const message = `The host name ${host} cannot be resolved.`;
    throw new RevocationError('address_unresolved', { message, cause });
  }
  if (addresses.length === 0) throw new RevocationError('address_unresolved');
  return addresses;
}

function resolveHost(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    dnsLookup(host, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

/** True for addresses of hosts on the public Internet. */
function isPublic(ip: string): boolean {
  if (isIP(ip) === 4) return !blocked.check(ip, 'ipv4');
  return global.check(ip, 'ipv6') && !blocked.check(ip, 'ipv6');
}

function familyName(family: number): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}

function networks(list: readonly string[]): BlockList {
  const blockList = new BlockList();
  for (const entry of list) {
    const [address = '', bits] = entry.split('/');
    const family = familyName(isIP(address));
    if (bits === undefined) blockList.addAddress(address, family);
    else blockList.addSubnet(address, Number(bits), family);
  }
  return blockList;
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const largest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= largest;
}
