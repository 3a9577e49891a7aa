/** The agent's loopback endpoint, as a page sees it (docs/protocol.md, "Loopback endpoint"). */
import { loopbackPaths, probeAnswer } from '../protocol/index.ts';
import { withTimeLimit } from './abort.ts';
import { ClientError } from './errors.ts';
import { readJson, readReason } from './http.ts';
import type { Platform } from './platform.ts';
import type { SignInProgress, SignInTimeouts } from './progress.ts';

/** What delivering a challenge needs. */
export interface Delivery {
  readonly platform: Platform;
  /** Ports that an agent may listen on, in order of preference. */
  readonly ports: readonly number[];
  /** The challenge, a compact JWS. */
  readonly challengeRequest: string;
  readonly timeouts: SignInTimeouts;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SignInProgress) => void;
}

/**
 * Finds the agent and hands it the challenge.
 *
 * All ports are probed at once: Windows takes seconds to refuse a connection to a closed port, and
 * a shared machine may run an agent for each of its users. The agents that answer are then given
 * the challenge one after another; 503 means "another user's, try the next".
 *
 * @returns when an agent has taken the challenge and answered the server
 * @throws ClientError with an `agent_*` code
 */
export async function deliverChallenge(delivery: Delivery): Promise<void> {
  const { platform, signal, timeouts } = delivery;
  const permission = await platform.loopbackPermission();
  // Chromium holds a request back, without a byte sent, while it asks the person for permission.
  const limit = permission === 'granted' ? timeouts.probe : timeouts.permission;
  await withTimeLimit(platform, timeouts.total, signal, async (searching) => {
    const probes = new Map(
      delivery.ports.map((port) => [port, probe(platform, port, limit, searching)]),
    );
    if (limit > timeouts.probe) void announcePrompt(delivery, probes, searching);
    await deliverToFirst(delivery, probes);
  });
}

/** What a port turned out to be. */
interface Probe {
  readonly port: number;
  readonly found: 'agent' | 'unavailable' | 'silence' | 'nothing';
}

type Probes = Map<number, Promise<Probe>>;

async function deliverToFirst(delivery: Delivery, probes: Probes): Promise<void> {
  const seen = new Set<Probe['found']>();
  while (probes.size > 0) {
    const { port, found } = await Promise.race(probes.values());
    probes.delete(port);
    if (found === 'agent' && (await postChallenge(delivery, port))) return;
    seen.add(found);
  }
  if (seen.has('agent') || seen.has('unavailable')) throw new ClientError('agent_other_user');
  const permission = await delivery.platform.loopbackPermission();
  const unanswered = permission === 'prompt' && seen.has('silence');
  const blocked = permission === 'denied' || unanswered;
  throw new ClientError(blocked ? 'agent_blocked' : 'agent_not_found');
}

/** After this time without an answer from any port, in ms, the browser is probably asking. */
const promptDelay = 1000;

async function announcePrompt(
  delivery: Delivery,
  probes: Probes,
  searching: AbortSignal,
): Promise<void> {
  await delivery.platform.delay(promptDelay, searching);
  if (!searching.aborted && probes.size === delivery.ports.length) {
    delivery.onProgress({ step: 'agent', state: 'waiting_for_permission' });
  }
}

/** Never rejects: a port that fails in whatever way holds no agent. */
function probe(
  platform: Platform,
  port: number,
  limit: number,
  searching: AbortSignal,
): Promise<Probe> {
  return withTimeLimit(platform, limit, searching, async (signal) => {
    const url = agentUrl(port, loopbackPaths.probe);
    try {
      const response = await platform.fetch(url, { ...agentRequest, signal });
      if (response.status === unavailableStatus) return { port, found: 'unavailable' };
      const body = response.ok ? await readJson(response) : undefined;
      const isAgent = (body as Partial<typeof probeAnswer> | null)?.agent === probeAnswer.agent;
      return { port, found: isAgent ? 'agent' : 'nothing' };
    } catch {
      return { port, found: signal.aborted ? 'silence' : 'nothing' };
    }
  });
}

/** @returns false where the agent is another user's */
async function postChallenge(delivery: Delivery, port: number): Promise<boolean> {
  const { platform, challengeRequest, signal, onProgress } = delivery;
  onProgress({ step: 'delivery', state: 'started' });
  let response: Response;
  try {
    response = await platform.fetch(agentUrl(port, loopbackPaths.challenge), {
      ...agentRequest,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challengeRequest }),
      signal,
    });
  } catch (cause) {
    throw new ClientError('agent_lost', { cause });
  }
  if (response.status === unavailableStatus) return false;
  if (!response.ok) {
    throw new ClientError('agent_refused', { reason: await readReason(response) });
  }
  return true;
}

/** What an agent of another user answers. */
const unavailableStatus = 503;

const agentRequest: RequestInit = {
  cache: 'no-store',
  credentials: 'omit',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
};

/**
 * By address, never by name: browsers take it for the loopback interface without asking DNS, and
 * one entry in a page's Content-Security-Policy is enough.
 */
function agentUrl(port: number, path: string): string {
  return `http://127.0.0.1:${port}${path}`;
}
