// Starts and stops the real programs.
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = (name) => fileURLToPath(new URL(`../../dist/cli/${name}.js`, import.meta.url));
const running = [];

/** Runs a command to its end. @returns what it printed */
export function runCommand(name, args, environment = {}) {
  return execFileSync(process.execPath, [program(name), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Starts a program and waits until it says where it listens. @returns that address */
export function startProgram(name, args, environment = {}) {
  const child = spawn(process.execPath, [program(name), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const address = /^listening on (\S+)$/m.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.on('exit', (code) => {
      reject(new Error(`${name} ended with ${code} before it listened:\n${log}`));
    });
  });
}

/** Stops everything that was started, the latest first, and waits for it. */
export async function stopPrograms() {
  for (const child of running.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}
