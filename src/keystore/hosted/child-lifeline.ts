/** Runs in a thread of the child: ends the process when the parent is gone, whatever else it is at. */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

const { descriptor } = workerData as { readonly descriptor: number };
const lifeline = new Socket({ fd: descriptor });

/** A clean end gives up sessions first and takes a moment; a module that hangs never comes to it. */
const graceMs = 3000;

const end = (): void => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
};
lifeline.on('error', end);
lifeline.on('end', end);
lifeline.resume();
