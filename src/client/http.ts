import type { Reason } from './errors.ts';

/**
 * Reads the reason that an RFC 9457 problem gives.
 *
 * @param response - an answer whose body has not been read
 * @returns undefined where the body is something else (a proxy's page, say)
 */
export async function readReason(response: Response): Promise<Reason | undefined> {
  const body = await readJson(response);
  const { code, detail } = (body ?? {}) as { code?: unknown; detail?: unknown };
  return typeof code === 'string' && typeof detail === 'string'
    ? { code, message: detail }
    : undefined;
}

/** The JSON body of an answer, or undefined where it is not JSON. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    return undefined;
  }
}
