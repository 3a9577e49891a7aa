// The main job, end to end, on real input. See ../demo.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrolDevice, makeAuthorities } from './device.mjs';
import { signInAsPage } from './page.mjs';
import { runCommand, startProgram, stopPrograms } from './programs.mjs';

const serve = process.argv.includes('--serve');
const directory = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
const heading = (text) => console.log(`\n== ${text}`);
const indent = (text) => text.trimEnd().replace(/^/gm, '   ');

function printVerdict(outcome) {
  if (outcome.status === 'failed') {
    console.log(`   FAILED at the step "${outcome.step}": ${outcome.code}: ${outcome.message}`);
    return;
  }
  const { result } = outcome;
  console.log(
    `   ${result.managed ? 'MANAGED' : 'NOT MANAGED'} (${result.code}): ${result.message}`,
  );
  console.log('\n   Certification path:');
  for (const [depth, { subject, publicKey, notAfter }] of (result.path ?? []).entries()) {
    console.log(
      `   ${'  '.repeat(depth)}- ${subject} (${publicKey}, until ${notAfter.slice(0, 10)})`,
    );
  }
  console.log('\n   Checks:');
  for (const { check, outcome: came, message } of result.checks) {
    console.log(`   ${came.padEnd(7)} ${check.padEnd(11)} ${message}`);
  }
}

async function demonstrate() {
  heading('A throw-away PKI, and a device enrolled in it');
  const authority = makeAuthorities(directory);
  const device = enrolDevice(directory, authority);
  console.log(`   The device's key: ${device.description}`);

  heading('The authentication server, and the issuing CA uploaded to it');
  const data = ['--data-dir', join(directory, 'server')];
  const issuer = await startProgram('countersign-server', [
    'run',
    ...data,
    '--listen',
    '127.0.0.1:0',
    '--demo',
  ]);
  console.log(
    indent(runCommand('countersign-server', ['ca', 'add', ...data, authority.certificate])),
  );

  heading('The agent on the device');
  const settings = join(directory, 'agent.json');
  writeFileSync(
    settings,
    JSON.stringify({
      servers: [{ issuer, origins: [issuer] }],
      stores: [device.store],
      stateDirectory: join(directory, 'agent'),
      auditLog: join(directory, 'agent', 'audit.jsonl'),
    }),
  );
  const agent = ['--config', settings];
  console.log(
    indent(
      runCommand(
        'countersign',
        ['certs', 'check', ...agent, '--issuer', authority.certificate],
        device.environment,
      ),
    ),
  );
  const loopback = await startProgram('countersign', ['run', ...agent], device.environment);
  console.log(`   The agent listens on ${loopback}`);

  heading('A sign-in');
  const outcome = await signInAsPage(issuer, ({ step, state }) => {
    console.log(`   ${step}: ${state}`);
  });
  printVerdict(outcome);
  if (serve) {
    heading('An administrator');
    console.log(indent(runCommand('countersign-server', ['admin', 'add', 'admin', ...data])));
    await serveUntilInterrupted(issuer);
  }
  return outcome.status === 'managed';
}

function serveUntilInterrupted(issuer) {
  heading('For a browser on this machine; Ctrl-C ends the demonstration');
  console.log(`   ${issuer}/demo/   signs in with this device`);
  console.log(`   ${issuer}/admin/  is the administrator's console`);
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

try {
  process.exitCode = (await demonstrate()) ? 0 : 1;
} catch (error) {
  console.error(`\nThe demonstration failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopPrograms();
  rmSync(directory, { recursive: true, force: true });
}
