/** Devices that cannot prove themselves: each code and sentence, all the way to the page. */
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { declineReasons, type DeclineCode } from '../../src/protocol/index.ts';
import { chromiumComponent } from '../testkit/browser.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import { TestCa } from '../testkit/test-ca.ts';
import type { ShownOutcome } from './sign-in-page.ts';
import { Stage } from './stage.ts';

const day = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * day);

function expectDecline(shown: ShownOutcome, code: DeclineCode): void {
  expect(shown).toMatchObject({ status: 'refused', code, message: declineReasons[code] });
}

describeWith(
  'a device that cannot prove itself',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.open(executable);
    });
    afterEach(() => stage.endTest());
    afterAll(() => stage.close());

    it('is refused with a certificate of another CA', async () => {
      const other = TestCa.root({ commonName: 'Other CA' });
      const device = other.issue({ commonName: 'stranger' });
      const agent = await stage.startAgent();
      agent.addIdentity('device', [device.pem, other.certificate.pem], device.keyPem);
      expectDecline(await stage.signIn(), 'device_issuer_untrusted');
    });

    it('is refused with an expired certificate', async () => {
      await stage.startEnrolledAgent({ notBefore: inDays(-30), notAfter: inDays(-1) });
      expectDecline(await stage.signIn(), 'device_certificate_expired');
    });

    it('is refused with a certificate that is not valid yet', async () => {
      await stage.startEnrolledAgent({ notBefore: inDays(1), notAfter: inDays(30) });
      expectDecline(await stage.signIn(), 'device_certificate_not_yet_valid');
    });

    it('is refused with a certificate for another purpose', async () => {
      await stage.startEnrolledAgent({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] });
      expectDecline(await stage.signIn(), 'device_certificate_purpose');
    });

    it('is refused without a certificate', async () => {
      await stage.startAgent();
      expectDecline(await stage.signIn(), 'device_no_certificate');
    });

    it('is refused when its key is gone, though it was there a moment ago', async () => {
      await stage.startEnrolledAgent();
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
      stage.agent.removeFile('device.key');
      expectDecline(await stage.signIn(), 'device_key_missing');
    });

    it('is refused when others can read its key file', async () => {
      const device = stage.issuingCa.issue();
      const agent = await stage.startAgent();
      agent.addIdentity('device', [device.pem, stage.issuingCa.certificate.pem]);
      writeFileSync(`${agent.keyDirectory}/device.key`, device.keyPem, { mode: 0o644 });
      expectDecline(await stage.signIn(), 'device_key_not_permitted');
    });

    it('is managed again once it has a certificate, without a restart', async () => {
      await stage.startAgent();
      expectDecline(await stage.signIn(), 'device_no_certificate');
      const device = stage.issuingCa.issue();
      const certificates = [device.pem, stage.issuingCa.certificate.pem];
      stage.agent.addIdentity('device', certificates, device.keyPem);
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
    });
  },
);

describeWith(
  'a device with a token that does not sign',
  [chromiumComponent, programsComponent, softHsmComponent],
  ([executable = '']) => {
    let token: SoftHsm;
    let stage: Stage;

    beforeAll(async () => {
      token = new SoftHsm('device', '4711');
      stage = await Stage.open(executable);
      const publicKey = token.generateKey({ type: 'p256', id: '01' });
      token.writeCertificate('01', 'device', stage.issuingCa.issue({ publicKey }));
      token.writeCertificate('a0', 'issuer', stage.issuingCa.certificate);
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await stage.close();
      token.dispose();
    });

    it('is refused with a wrong PIN, and again without another try', async () => {
      const pinFile = `${token.directory}/wrong-pin`;
      writeFileSync(pinFile, '0815\n', { mode: 0o600 });
      const agent = await stage.startAgent({ stores: [{ uri: token.uri, pinFile }] });
      expectDecline(await stage.signIn(), 'device_pin_rejected');
      expectDecline(await stage.signIn(), 'device_pin_rejected');
      expect(agent.log).not.toContain('0815');
      writeFileSync(pinFile, '4711\n');
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
    });

    it('is refused when its key is taken out of the token', async () => {
      await stage.startAgent({ stores: [{ uri: token.uri, pinFile: token.pinFile }] });
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
      token.remove('PRIVATE_KEY', '01');
      expectDecline(await stage.signIn(), 'device_key_missing');
    });
  },
);
