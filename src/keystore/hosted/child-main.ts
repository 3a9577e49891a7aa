/**
 * Runs in the child: the process that hosts one store. It answers requests in their order and ends
 * when its parent does.
 */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describeError } from '../../core/index.ts';
import { KeystoreError } from '../errors.ts';
import { channelDescriptor, lifelineDescriptor } from './descriptors.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import {
  BeyondRepair,
  type HostedFailure,
  type HostedRequest,
  type HostedService,
  type OpenRequest,
} from './messages.ts';

type ServiceOpener = (settings: unknown) => Promise<HostedService>;

/** Each service is loaded only in the process that hosts it. */
const services: { readonly [name in OpenRequest['service']]: ServiceOpener } = {
  pkcs11: async (settings) => {
    const { openModule } = await import('../pkcs11/module-process/module-service.ts');
    return openModule(settings);
  },
};

// The parent alone decides when this process ends: a Ctrl-C in its terminal must not cost a signature.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

// A module that hangs holds the main thread, which then cannot see that the parent is gone.
new Worker(new URL('./child-lifeline.js', import.meta.url), {
  workerData: { descriptor: lifelineDescriptor },
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
}).unref();

const channel = new Socket({ fd: channelDescriptor });
const decoder = new FrameDecoder();
const requests: HostedRequest[] = [];
let service: HostedService | undefined;
let busy = false;

channel.on('data', (chunk) => {
  requests.push(...(decoder.push(chunk) as HostedRequest[]));
  if (!busy) void work();
});
channel.on('error', end);
channel.on('end', end);

async function work(): Promise<void> {
  busy = true;
  for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
    channel.write(encodeFrame(await answer(request)));
  }
  busy = false;
}

async function answer({ id, method, params }: HostedRequest): Promise<unknown> {
  try {
    if (method === 'open') {
      const { service: name, settings } = params as OpenRequest;
      service = await services[name](settings);
      return { id, value: undefined };
    }
    return { id, value: service?.handle(method, params) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): HostedFailure {
  if (error instanceof BeyondRepair) {
    return { code: error.code, message: error.message, replaceProcess: true };
  }
  const code = error instanceof KeystoreError ? error.code : 'store_unavailable';
  const message = error instanceof Error ? error.message : describeError(error);
  return { code, message, replaceProcess: false };
}

function end(): void {
  try {
    service?.close();
  } finally {
    process.exit(0);
  }
}
