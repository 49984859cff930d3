export { inSpan } from './in-span.js';
export {
  type OpenTracing,
  openTracing,
  type TracingOptions,
  type TracingSettings,
  tracingFrom,
} from './open-tracing.js';
