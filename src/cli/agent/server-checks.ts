/** Tries the servers of the settings, as `status` and `doctor` tell of them. */
import { ServerKeys } from '../../agent/challenge/server-keys.ts';
import type { AgentSettings } from '../../agent/config/settings.ts';
import { IdentitySource, type Sweep } from '../../agent/identity-source.ts';
import { checkServer, type ServerCheck } from '../../agent/server-check.ts';
import { defaultServerClientLimits, ServerClient } from '../../agent/submission/server-client.ts';
import { formatDay, silentLogger, systemClock, systemRandom } from '../../core/index.ts';
import { formatName } from '../../pki/index.ts';
import { storeOpener } from './open-store.ts';

/** A person waits: one attempt at each server, and not for long. */
const limits = { ...defaultServerClientLimits, connectMs: 3_000, totalMs: 6_000, attempts: 1 };

/** What the stores hold, and what each server would get of it. */
export interface DeviceTrial {
  readonly sweep: Sweep;
  readonly checks: readonly ServerCheck[];
}

/** Looks into the stores and tries every server, all at once. Signs nothing. */
export async function tryServers(settings: AgentSettings): Promise<DeviceTrial> {
  const surroundings = { clock: systemClock, logger: silentLogger };
  const identities = new IdentitySource({
    ...surroundings,
    stores: settings.stores,
    open: storeOpener(silentLogger),
  });
  const serverClient = new ServerClient({
    ...surroundings,
    random: systemRandom,
    proxy: settings.proxy,
    caFile: settings.caFile,
    limits,
  });
  const serverKeys = new ServerKeys({
    ...surroundings,
    fetch: (uri, server) => serverClient.fetchKeySet(uri, server),
  });
  try {
    const sweep = await identities.sweep();
    const context = { serverClient, serverKeys, sweep, clock: systemClock };
    const checks = await Promise.all(
      settings.servers.map((server) => checkServer(server, context)),
    );
    return { sweep, checks };
  } finally {
    await identities.close();
  }
}

/** A check in one line: whether this device would pass, and by which certificate or why not. */
export function checkInBrief({ outcome, code, message, selection }: ServerCheck): string {
  const certificate = selection?.chosen?.identity.certificate;
  if (certificate !== undefined) {
    const until = formatDay(certificate.notAfter);
    return `ready: would answer with ${formatName(certificate.subject)}, valid until ${until}`;
  }
  return outcome === 'failed'
    ? `not known: ${message} [${code}]`
    : `would be refused: ${message} [${code}]`;
}

/** A check as JSON tells it. */
export function describeCheck({ selection, clockAheadSeconds, ...check }: ServerCheck): object {
  const certificate = selection?.chosen?.identity.certificate;
  return {
    ...check,
    clockAheadSeconds: clockAheadSeconds ?? null,
    certificate: certificate === undefined ? null : formatName(certificate.subject),
  };
}
