// The sign-in page's part, without a browser: the client's own flow on a platform that keeps a
// cookie and names its origin, as a browser would.
import { signInWith } from '../../dist/client/sign-in.js';

/**
 * @param issuer - the server's URL, also the page's origin
 * @param onProgress - called at each step
 * @returns how the sign-in ended
 */
export function signInAsPage(issuer, onProgress) {
  let cookie;
  const platform = {
    async fetch(url, init) {
      const headers = { ...init.headers, origin: issuer };
      const toServer = new URL(url, issuer).origin === issuer;
      if (toServer && cookie !== undefined) headers.cookie = cookie;
      const response = await fetch(new URL(url, issuer), { ...init, headers });
      if (toServer) cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return response;
    },
    delay: (milliseconds, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    loopbackPermission: () => Promise.resolve('granted'),
  };
  return signInWith(platform, { server: issuer, onProgress });
}
