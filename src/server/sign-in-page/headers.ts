/**
 * Headers of the server's own sign-in pages: they may run their own scripts and talk to this server
 * and to agents, and nothing else.
 *
 * @param loopbackPorts - where pages look for the agent
 */
export function signInPageHeaders(
  loopbackPorts: readonly number[],
): Readonly<Record<string, string>> {
  const agents = loopbackPorts.flatMap((port) => [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
  ]);
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${agents.join(' ')}`,
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    // With no-referrer, browsers would send "Origin: null" with the page's own forms.
    'referrer-policy': 'same-origin',
  };
}
