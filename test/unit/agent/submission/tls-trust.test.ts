import { describe, expect, it } from 'vitest';
import { TlsTrust } from '../../../../src/agent/submission/tls-trust.ts';
import { silentLogger } from '../../../../src/core/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';

const minute = 60_000;

describe('the authorities that the agent trusts for TLS', () => {
  it('are read again after ten minutes', async () => {
    const clock = new FakeClock();
    const trust = new TlsTrust({ clock, logger: silentLogger });
    const first = await trust.context([]);
    clock.advance(9 * minute);
    expect(await trust.context([])).toBe(first);
    clock.advance(2 * minute);
    expect(await trust.context([])).not.toBe(first);
  });

  it('are read again where the clock was set back: they would be kept for as long', async () => {
    const clock = new FakeClock();
    const trust = new TlsTrust({ clock, logger: silentLogger });
    const first = await trust.context([]);
    clock.advance(-24 * 60 * minute);
    expect(await trust.context([])).not.toBe(first);
  });
});
