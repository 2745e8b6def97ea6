import { broken, type Finding } from './check.ts';

/** Codes of OpenSSL and Node for certificates that clients do not take. */
const CERTIFICATE_REMEDIES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Renew the certificate, and see that the renewal runs by itself.',
  CERT_NOT_YET_VALID: 'Set the clock of this machine, or wait.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Get a certificate for the name in publicUrl.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Get a certificate of an authority that browsers know, or give yours with --ca.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Get a certificate of an authority that browsers know, or give yours with --ca.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'Put the whole chain into the certificate’s file (fullchain.pem), or give your authority with --ca.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'Put the whole chain into the certificate’s file (fullchain.pem), or give your authority with --ca.',
};

/**
 * Why an address could not be asked, and what to do about it.
 * @param setting where the address is from
 */
export function connectionProblem(address: string, error: unknown, setting = 'publicUrl (PARLEY_PUBLIC_URL)'): Finding {
  const code = codeOf(error);
  const certificateRemedy = CERTIFICATE_REMEDIES[code];
  if (certificateRemedy !== undefined) {
    return broken(`The certificate at ${address} is not accepted (${code}).`, certificateRemedy);
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return broken(`${address}: the name has no address.`, `Make a DNS record for it, or mend ${setting}.`);
    case 'ECONNREFUSED':
      return broken(
        `${address}: nothing listens there.`,
        `Start the reverse proxy, or let ${setting} name the port that Parley listens on.`,
      );
    case 'TimeoutError':
    case 'ETIMEDOUT':
      return broken(`${address} does not answer.`, 'Open its port in the firewall.');
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return broken(
        `${address} does not speak TLS.`,
        `Set tls.cert and tls.key, put a proxy with TLS in front, or write http:// into ${setting}.`,
      );
    default:
      return broken(
        `${address} cannot be reached (${code}).`,
        'Look whether network, proxy and firewall let this machine there.',
      );
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || (error.cause instanceof Error && error.cause.name === 'TimeoutError'))
    return 'TimeoutError';
  if ('code' in error && typeof error.code === 'string')
    return error.code === 'ABORT_ERR' ? 'TimeoutError' : error.code;
  return error.message;
}
