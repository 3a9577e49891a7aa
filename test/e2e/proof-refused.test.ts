/** Forged, stolen and replayed proofs: what the server says to each, all the way to the page. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { pathRules } from '../../src/pki/index.ts';
import { protocolErrors, type TransactionStart } from '../../src/protocol/index.ts';
import { serverErrors } from '../../src/server/index.ts';
import { verificationErrors } from '../../src/verifier/index.ts';
import { chromiumComponent } from '../testkit/browser.ts';
import {
  forgeProof,
  HostileAgent,
  postProof,
  sha256,
  type Forgery,
  type HostileAnswer,
  type PostAnswer,
} from '../testkit/hostile-agent.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { keyPair, TestCa, type TestCertificate } from '../testkit/test-ca.ts';
import { shownOutcome, type ShownOutcome } from './sign-in-page.ts';
import { Stage } from './stage.ts';

const day = 86_400_000;

describeWith(
  'a proof that an honest agent would not make',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;
    let device: TestCertificate;
    let agent: HostileAgent;

    beforeAll(async () => {
      stage = await Stage.open(executable);
      device = stage.issuingCa.issue({ commonName: 'laptop' });
    });
    afterEach(() => agent.stop());
    afterAll(() => stage.close());

    function forge(challengeRequest: string, forgery: Partial<Forgery> = {}): string {
      const { origin } = stage.server;
      const certificates = [device, stage.issuingCa.certificate] as const;
      return forgeProof({ challengeRequest, origin, certificates, ...forgery });
    }

    function post(challengeRequest: string, forgery: Partial<Forgery> = {}): Promise<PostAnswer> {
      return postProof(challengeRequest, forge(challengeRequest, forgery));
    }

    /** Signs in with an agent that answers as told. */
    async function signInWith(answer: HostileAnswer): Promise<ShownOutcome> {
      agent = await HostileAgent.start(stage.agentPort, stage.server.origin, answer);
      return stage.signIn();
    }

    function signInWithForgery(forgery: Partial<Forgery>): Promise<ShownOutcome> {
      return signInWith((challengeRequest) => post(challengeRequest, forgery));
    }

    /** Another browser's transaction. */
    async function startElsewhere(): Promise<TransactionStart> {
      const { origin } = stage.server;
      const response = await fetch(`${origin}/v1/challenges`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{}',
      });
      return (await response.json()) as TransactionStart;
    }

    function expectVerdict(
      shown: ShownOutcome,
      code: keyof typeof verificationErrors,
      check: string,
    ): void {
      const message = verificationErrors[code];
      expect(shown).toMatchObject({ status: 'refused', code, message });
      expect(shown.checks[check]).toBe('failed');
    }

    /** No verdict: the answer was refused as such, and the transaction left as it was. */
    function expectProblem(shown: ShownOutcome, reasonCode: string): void {
      const errors: Readonly<Record<string, string>> = { ...protocolErrors, ...serverErrors };
      expect(shown).toMatchObject({ status: 'failed', code: 'agent_refused', reasonCode });
      expect(shown.reason).toBeTruthy();
      expect(errors).toHaveProperty(reasonCode);
    }

    it('is accepted where nothing is forged, so that these tests test something', async () => {
      expect(await signInWithForgery({})).toMatchObject({ status: 'managed' });
    });

    it('is refused with another device’s certificate in x5c', async () => {
      const shown = await signInWithForgery({ key: keyPair('p256').privateKey });
      expectVerdict(shown, 'proof_signature_invalid', 'Signature');
    });

    it('is refused with x5c swapped under the thumbprint of another certificate', async () => {
      const own = TestCa.root().issue();
      const header = { 'x5t#S256': sha256(own.der) };
      const shown = await signInWithForgery({ key: own.privateKey, header });
      expectVerdict(shown, 'proof_thumbprint_mismatch', 'Algorithm');
    });

    it('is refused with alg none', async () => {
      expectProblem(await signInWithForgery({ header: { alg: 'none' } }), 'jws_algorithm_refused');
    });

    it('is refused with alg HS256, keyed with a public key', async () => {
      expectProblem(await signInWithForgery({ header: { alg: 'HS256' } }), 'jws_algorithm_refused');
    });

    it('is refused with RS256 claimed over an EC key', async () => {
      const shown = await signInWithForgery({ header: { alg: 'RS256' } });
      expectVerdict(shown, 'proof_algorithm_mismatch', 'Algorithm');
    });

    it('is refused with a key of its own in the header', async () => {
      const jwk = keyPair('p256').publicKey.export({ format: 'jwk' });
      expectProblem(await signInWithForgery({ header: { jwk } }), 'jws_header_forbidden');
    });

    it('is refused when it was made for another server', async () => {
      const shown = await signInWithForgery({ claims: { aud: 'https://other.example/v1/proofs' } });
      expectVerdict(shown, 'proof_audience_mismatch', 'Binding');
    });

    it('is refused when it was made for another challenge', async () => {
      const other = await startElsewhere();
      const claims = { cth: sha256(other.challengeRequest) };
      expectVerdict(await signInWithForgery({ claims }), 'proof_challenge_mismatch', 'Binding');
    });

    it('is refused for another transaction than the one whose nonce it has', async () => {
      const other = await startElsewhere();
      expectProblem(
        await signInWithForgery({ claims: { txn: other.transaction } }),
        'transaction_nonce_mismatch',
      );
    });

    it('is refused for a transaction that does not exist', async () => {
      expectProblem(await signInWithForgery({ claims: { txn: 'none' } }), 'transaction_unknown');
    });

    it('is refused with the origin of a page that may not ask', async () => {
      const shown = await signInWithForgery({ origin: 'https://phishing.example' });
      expectVerdict(shown, 'proof_origin_mismatch', 'Origin');
    });

    it('is refused a second time, whoever sends it', async () => {
      let first: PostAnswer | undefined;
      let second: PostAnswer | undefined;
      const shown = await signInWith(async (challengeRequest) => {
        const proof = forge(challengeRequest);
        first = await postProof(challengeRequest, proof);
        second = await postProof(challengeRequest, proof);
        return second;
      });
      expect(first).toMatchObject({ status: 200, body: { managed: true } });
      expect(second).toMatchObject({ status: 409, body: { code: 'transaction_answered' } });
      // The verdict of the first stands, and the replay has not changed it.
      expect(shown).toMatchObject({ status: 'managed' });
    });

    it('is refused in a later transaction', async () => {
      let proof: string | undefined;
      const answer: HostileAnswer = (challengeRequest) =>
        postProof(challengeRequest, (proof ??= forge(challengeRequest)));
      expect(await signInWith(answer)).toMatchObject({ status: 'managed' });
      expectProblem(await stage.signIn(), 'transaction_answered');
    });

    it('is refused when it comes after the person has cancelled', async () => {
      let late: PostAnswer | undefined;
      const done = signInWith(async (challengeRequest) => {
        await stage.page.locator('#cancel').click();
        await shownOutcome(stage.page);
        late = await post(challengeRequest);
        return late;
      });
      expect(await done).toMatchObject({ status: 'failed', code: 'cancelled' });
      await expect
        .poll(() => late)
        .toMatchObject({
          status: 410,
          body: { code: 'transaction_cancelled', detail: serverErrors.transaction_cancelled },
        });
    });

    it('is refused with the certificate of another CA, by name and by path', async () => {
      // It calls itself what the trusted CA is called.
      const impostor = TestCa.root({ commonName: 'Example Root CA' });
      const shown = await signInWithForgery({
        certificates: [impostor.issue({ commonName: 'stranger' }), impostor.certificate],
      });
      const { sentence, reference } = pathRules.signature_invalid;
      expect(shown).toMatchObject({ status: 'refused', code: 'signature_invalid' });
      expect(shown.checks['Path']).toBe('failed');
      const text = await stage.page.textContent('#outcome');
      expect(text).toContain(sentence);
      expect(text).toContain(reference);
      expect(shown.subjects).toContain('CN=stranger,O=Test');
    });

    it.each([
      ['has expired', -30, -1, 'certificate_expired'],
      ['is not valid yet', 1, 30, 'certificate_not_yet_valid'],
    ] as const)('is refused with a certificate that %s', async (_, from, until, code) => {
      const inDays = (days: number): Date => new Date(Date.now() + days * day);
      const leaf = stage.issuingCa.issue({ notBefore: inDays(from), notAfter: inDays(until) });
      const shown = await signInWithForgery({ certificates: [leaf, stage.issuingCa.certificate] });
      const message = expect.stringContaining(pathRules[code].sentence) as string;
      expect(shown).toMatchObject({ status: 'refused', code, message, checks: { Path: 'failed' } });
      expect(await stage.page.textContent('#outcome')).toContain(pathRules[code].reference);
    });

    it('is refused with the certificate of a CA below the trusted one', async () => {
      const ca = stage.root.issueCa({ commonName: 'CA as a device' });
      const shown = await signInWithForgery({ certificates: [ca.certificate] });
      expect(shown).toMatchObject({ status: 'refused', checks: { Purpose: 'failed' } });
      expect(shown.code).toBe('key_usage_not_allowed');
    });
  },
);
