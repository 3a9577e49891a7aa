// A load of whole sign-ins: challenge, proof, poll, as pages and agents ask for them.
import { Agent, request } from 'node:http';

const concurrency = 8;

/**
 * @param {readonly string[]} origins - of the servers; the load goes round
 * @param {readonly { device: object }[]} devices
 */
export function createLoad(origins, devices) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let next = 0;
  const signIn = async () => {
    next += 1;
    const origin = origins[next % origins.length];
    return signInOnce(agent, origin, devices[next % devices.length].device);
  };
  return {
    /** As many as there can be. @returns their rate per second, and what each proof took in milliseconds */
    async saturate(milliseconds) {
      const start = performance.now();
      const proofs = [];
      const worker = async () => {
        while (performance.now() - start < milliseconds) proofs.push(await signIn());
      };
      await Promise.all(Array.from({ length: concurrency * origins.length }, worker));
      return { rate: (proofs.length * 1000) / (performance.now() - start), proofs };
    },
    /** One after the other at a rate, whether or not those before are done. */
    async paced(milliseconds, rate) {
      const start = performance.now();
      const running = [];
      for (let now = start; now - start < milliseconds; now = performance.now()) {
        const due = Math.floor(((now - start) * rate) / 1000);
        while (running.length < due) running.push(signIn());
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return { proofs: await Promise.all(running) };
    },
    async close() {
      agent.destroy();
    },
  };
}

/** @returns milliseconds that the proof took */
async function signInOnce(agent, origin, device) {
  const started = await call(agent, origin, 'POST', '/v1/challenges', { origin });
  const { transaction, challengeRequest } = JSON.parse(started.text);
  const cookie = started.headers['set-cookie'][0].split(';')[0];
  const proof = device.prove(challengeRequest, new Date());
  const jwt = { 'content-type': 'application/jwt' };
  const sent = performance.now();
  await call(agent, origin, 'POST', '/v1/proofs', jwt, proof);
  const took = performance.now() - sent;
  const polled = await call(agent, origin, 'GET', `/v1/transactions/${transaction}`, { cookie });
  if (JSON.parse(polled.text).status !== 'managed') throw new Error(polled.text);
  return took;
}

function call(agent, origin, method, path, headers = {}, body = '') {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    const options = { agent, method, headers: { ...headers, ...length } };
    const sent = request(origin + path, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ text, headers: response.headers });
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
