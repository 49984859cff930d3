export { certificateNames } from './certificate-names.js';
export {
  type ClientAuth,
  checkTls,
  clientContext,
  LatestContext,
  serverContextOptions,
  sourceOf,
  type TlsMaterial,
  type TlsSource,
} from './material.js';
export { certificateAlert, certificateRefused, rememberCertificate, tlsFailure } from './tls-failure.js';
