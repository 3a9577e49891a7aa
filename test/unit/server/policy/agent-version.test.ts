import { describe, expect, it } from 'vitest';
import { isEarlierVersion, isVersion } from '../../../../src/server/policy/agent-version.ts';

describe('versions of the agent', () => {
  it('come in the order of Semantic Versioning, section 11', () => {
    const ordered = [
      '0.9.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.10',
      '1.2.0',
      '10.0.0',
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect([a, b, isEarlierVersion(a, b)]).toEqual([a, b, i < j]);
      }
    }
  });

  it('do not mind the build', () => {
    expect(isEarlierVersion('1.0.0+a', '1.0.0+b')).toBe(false);
    expect(isEarlierVersion('1.0.0+b', '1.0.0+a')).toBe(false);
  });

  it.each(['', '1', '1.2', 'v1.2.3', '1.2.3.4', '1.2.x', '99999999999999999.0.0', '1.2.3-'])(
    'are not “%s”, which counts as earlier than all',
    (text) => {
      expect(isVersion(text)).toBe(false);
      expect(isEarlierVersion(text, '0.0.0-0')).toBe(true);
    },
  );
});
