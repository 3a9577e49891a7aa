export { measureStorage } from './measured-storage.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { startMonitoring } from './monitoring-listener.ts';
export {
  createReadiness,
  readinessAnswer,
  type Readiness,
  type ReadinessCheck,
} from './readiness.ts';
export { registerRequestMetrics } from './request-metrics.ts';
export { readGauges } from './scrape.ts';
export { checkTls, minTlsVersion } from './tls.ts';
