import { spawnSync } from 'node:child_process';
import type { Component } from './require-component.ts';

/** OpenSSL's command, version 3, for `describeWith`. */
export function opensslComponent(): Component {
  const { status, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  return {
    name: 'OpenSSL 3',
    found: status === 0 && stdout.startsWith('OpenSSL 3') ? 'openssl' : undefined,
    howToGet: 'install the package openssl, version 3',
  };
}
