/** The life of the process that hosts a module: it holds no secret in sight and outlives nobody. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { FakeModule, compilerComponent, type FakeBehaviour } from '../testkit/fake-module.ts';
import { describeWith, type Component } from '../testkit/require-component.ts';

const procfs: Component = {
  name: 'procfs',
  found: existsSync('/proc/self/stat') ? '/proc' : undefined,
  howToGet: 'run on Linux',
};

const library = pathToFileURL(path.resolve('dist/keystore/index.js')).href;

interface Program {
  readonly module: FakeModule;
  readonly process: ChildProcess;
  /** The next line that the program writes. */
  line(): Promise<string>;
  /** The process that hosts the module for it. */
  host(): number;
}

/** Runs a small program on the built library; `store` is open in it, `say` writes a line. */
function run(body: string, behaviour: FakeBehaviour = {}): Program {
  const module = new FakeModule(behaviour);
  const script = path.join(module.directory, 'program.mjs');
  writeFileSync(
    script,
    `import { openCertificateStore } from ${JSON.stringify(library)};
     const say = (text) => process.stdout.write(text + '\\n');
     const store = openCertificateStore(${JSON.stringify({ uri: module.uri, pinFile: module.pinFile })});
     ${body}`,
  );
  const program = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  program.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(part);
      else next(part);
    }
  });
  const hosts = new Set<number>();
  onTestFinished(async () => {
    program.kill('SIGKILL');
    // The module writes into its directory to its end.
    for (const host of hosts) await ended(host);
    module.dispose();
  });
  return {
    module,
    process: program,
    line: () =>
      new Promise((resolve) => {
        const ready = lines.shift();
        if (ready === undefined) waiting.push(resolve);
        else resolve(ready);
      }),
    host: () => {
      const host = hostOf(program.pid);
      hosts.add(host);
      return host;
    },
  };
}

function hostOf(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const host = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('child-main'),
  );
  if (host === undefined) throw new Error('the program hosts no module');
  return Number(host);
}

/** A busy machine may take its time over a process. */
const patience = { timeout: 20_000 };

async function ended(pid: number): Promise<void> {
  await expect.poll(() => existsSync(`/proc/${pid}`), patience).toBe(false);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

const listThenWait = `await store.list(); say('listed'); setInterval(() => {}, 1e6);`;

describeWith('the process of a module', [compilerComponent, procfs], () => {
  it('ends with a program that is killed', async () => {
    const program = run(listThenWait);
    await program.line();
    const host = program.host();
    program.process.kill('SIGKILL');
    await ended(host);
  });

  it('ends with a program that is killed while the module hangs in C_Sign', async () => {
    const program = run(
      `const { certificates: [{ signer }] } = await store.list();
       say('listed'); signer.sign('RS256', Buffer.from('x'));`,
      { sign_hang: 1 },
    );
    await program.line();
    const host = program.host();
    await expect.poll(() => program.module.count('C_Sign'), patience).toBe(1);
    program.process.kill('SIGKILL');
    await ended(host);
  });

  it('ends with its store, which gives the module up in good order', async () => {
    const program = run(`await store.list(); say('listed'); process.stdin.once('data', async () => {
      await store.close(); say('closed'); process.stdin.unref(); });`);
    await program.line();
    const host = program.host();
    program.process.stdin?.write('\n');
    await program.line();
    expect(existsSync(`/proc/${host}`)).toBe(false);
    expect(program.module.count('C_Finalize')).toBe(1);
  });

  it('does not keep a program alive that forgot to close its store', async () => {
    const program = run(`await store.list(); say('listed');`);
    const exit = exitOf(program.process);
    await program.line();
    expect(await exit).toBe(0);
  });

  it('lives through the signals that a terminal or a service manager sends to the whole group', async () => {
    const program = run(`await store.list(); say('listed');
      process.stdin.once('data', async () => { await store.list(); say('listed again'); });`);
    await program.line();
    const host = program.host();
    process.kill(host, 'SIGINT');
    process.kill(host, 'SIGTERM');
    program.process.stdin?.write('\n');
    expect(await program.line()).toBe('listed again');
    expect(program.host()).toBe(host);
    expect(program.module.count('C_Initialize')).toBe(1);
  });

  it('has the PIN neither in its arguments nor in its environment', async () => {
    const program = run(listThenWait);
    program.module.setPin('1234');
    await program.line();
    const host = program.host();
    for (const name of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${host}/${name}`, 'latin1');
      expect(text.split('\0').filter((part) => /(^|=)1234$/.test(part))).toEqual([]);
    }
    expect(readdirSync(`/proc/${host}/fd`).length).toBeLessThan(64);
  });
});
