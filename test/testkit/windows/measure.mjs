// For host.mjs: measures the windows: store inside Windows, beside the bare calls.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { openCertificateStore } from '../../../dist/keystore/index.js';
import { loadNativeAddon } from '../../../dist/native/index.js';

const editor = createRequire(import.meta.url)('../../../build/windows/store_editor.node');
const message = Buffer.from('the message of the bench');
const digest = new Uint8Array(createHash('sha256').update(message).digest());

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function timeOf(work, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) await work();
  return (performance.now() - start) / count;
}

/** Medians of rounds in which each takes its turn. */
async function compare({ bare, addon, store }, rounds, count) {
  const times = { bare: [], addon: [], store: [] };
  for (let i = 0; i < rounds; i++) {
    times.bare.push(await timeOf(bare, count));
    times.addon.push(await timeOf(addon, count));
    times.store.push(await timeOf(store, count));
  }
  const bareMs = median(times.bare);
  return { bareMs, addon: median(times.addon) / bareMs, store: median(times.store) / bareMs };
}

const tasks = {
  async memory({ der, rounds, userStore }, native, store) {
    const certificate = new Uint8Array(Buffer.from(der, 'base64'));
    let warm = 0;
    for (let i = 0; i < rounds; i++) {
      if (i === Math.floor(rounds / 10)) warm = process.memoryUsage.rss();
      const [identity] = (await store.list()).certificates;
      await identity.signer.sign('ES256', message);
      await native.sign(userStore, certificate, 'ES256', digest);
    }
    const grownMiB = (process.memoryUsage.rss() - warm) / 2 ** 20;
    return { grownMiB, handles: editor.openHandles() };
  },
  async sign({ der, userStore }, native, store) {
    const certificate = new Uint8Array(Buffer.from(der, 'base64'));
    const [identity] = (await store.list()).certificates;
    const calls = {
      bare: () => editor.bareSign(userStore, certificate, digest),
      addon: () => native.sign(userStore, certificate, 'ES256', digest),
      store: () => identity.signer.sign('ES256', message),
    };
    return compare(calls, 11, 50);
  },
  /** The p99 of the event loop's delay, in milliseconds, while a signature takes its time. */
  async delay({ der, userStore }, native) {
    const certificate = new Uint8Array(Buffer.from(der, 'base64'));
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    await native.sign(userStore, certificate, 'ES256', digest);
    delay.disable();
    return delay.percentile(99) / 1e6;
  },
  /** How often the event loop turns before a signature is there that takes its time. */
  async turns({ der, userStore }, native) {
    const certificate = new Uint8Array(Buffer.from(der, 'base64'));
    let [turns, signed] = [0, false];
    const turn = () => {
      turns++;
      if (!signed) setImmediate(turn);
    };
    setImmediate(turn);
    await native.sign(userStore, certificate, 'ES256', digest);
    signed = true;
    return turns;
  },
  list({ userStore }, native, store) {
    const calls = {
      bare: () => editor.bareList(userStore),
      addon: () => native.list(),
      store: () => store.list(),
    };
    return compare(calls, 5, 1);
  },
};

/** @param {{ task: 'memory' | 'sign' | 'delay' | 'turns' | 'list' }} request - and what the task needs */
export default async function measure(request) {
  const native = new (loadNativeAddon().CertificateStore)();
  const store = openCertificateStore({ uri: 'windows:CurrentUser/My' });
  try {
    return await tasks[request.task](request, native, store);
  } finally {
    native.close();
    await store.close();
  }
}
