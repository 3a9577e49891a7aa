import { describe, expect, it } from 'vitest';
import { createMetrics, measureStorage } from '../../../../src/server/operations/index.ts';
import type { SignIn, Storage } from '../../../../src/server/index.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const result = {
  managed: true,
  code: 'device_managed',
  message: 'The device is managed.',
  transaction: 't',
  decidedAt: '2026-03-01T12:00:00.000Z',
  checks: [],
};

async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const { text } = await metrics.read();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('metrics', () => {
  it('count a verdict by what became of the sign-in, and by its reason', async () => {
    const metrics = createMetrics();
    const policy = { outcome: 'deny', code: 'policy_denied', message: 'No.' } as const;
    metrics.noteVerdict({ origin: 'o', result });
    metrics.noteVerdict({
      origin: 'o',
      result: { ...result, code: policy.code, decision: policy },
    });
    const refused = { ...result, managed: false, code: 'certificate_expired' };
    metrics.noteVerdict({ origin: 'o', result: refused });
    metrics.noteVerdict({ origin: 'o', result: { ...refused, decision: policy } });
    expect(await lines(metrics, 'countersign_verdicts_total')).toEqual([
      'countersign_verdicts_total{outcome="allowed",code="device_managed"} 1',
      'countersign_verdicts_total{outcome="denied",code="policy_denied"} 1',
      'countersign_verdicts_total{outcome="denied",code="certificate_expired"} 2',
    ]);
  });

  it('measure requests by route, method and class of status', async () => {
    const metrics = createMetrics();
    metrics.noteRequest('/v1/proofs', 'POST', 200, 0.004);
    metrics.noteRequest('/v1/proofs', 'POST', 204, 0.2);
    expect(await lines(metrics, 'countersign_http_request_duration_seconds_count')).toEqual([
      'countersign_http_request_duration_seconds_count{route="/v1/proofs",method="POST",status="2xx"} 2',
    ]);
    const [bucket] = await lines(
      metrics,
      'countersign_http_request_duration_seconds_bucket{le="0.005"',
    );
    expect(bucket).toMatch(/ 1$/);
  });

  it('read gauges when they are asked for', async () => {
    const metrics = createMetrics();
    let pending = 1;
    metrics.onScrape((gauges) => {
      gauges.pendingTransactions.set(pending);
      return Promise.resolve();
    });
    expect(await lines(metrics, 'countersign_pending_transactions')).toEqual([
      'countersign_pending_transactions 1',
    ]);
    pending = 2;
    expect(await lines(metrics, 'countersign_pending_transactions')).toEqual([
      'countersign_pending_transactions 2',
    ]);
  });
});

describe('a measured storage', () => {
  it('does what the storage does, and counts its calls and failures', async () => {
    const storage = await openScratchStorage();
    const metrics = createMetrics();
    const measured = measureStorage(storage, metrics);
    await measured.ping();
    expect(await measured.authorities.list()).toEqual([]);
    await measured.close();
    await expect(measured.authorities.list()).rejects.toThrow();
    const counts = await lines(metrics, 'countersign_storage_call_duration_seconds_count');
    expect(counts).toEqual([
      'countersign_storage_call_duration_seconds_count{aggregate="authorities",outcome="done"} 1',
      'countersign_storage_call_duration_seconds_count{aggregate="authorities",outcome="failed"} 1',
    ]);
  });

  it('counts only a verdict that was written', async () => {
    const metrics = createMetrics();
    const signIn: SignIn = { origin: 'o', result };
    let written = false;
    const transactions = { conclude: () => Promise.resolve(written) };
    const measured = measureStorage({ transactions } as unknown as Storage, metrics);
    await measured.transactions.conclude(signIn);
    expect(await lines(metrics, 'countersign_verdicts_total')).toEqual([]);
    written = true;
    await measured.transactions.conclude(signIn);
    expect(await lines(metrics, 'countersign_verdicts_total')).toHaveLength(1);
  });
});
