/**
 * What a local build of the worker takes from Debian. Binary packages come in whatever version the machine's release
 * has (apt checks the signatures); the two source archives are pinned by hash.
 */
export const debianPackages = ['libssl-dev', 'libuv1-dev', 'libabsl-dev', 'libflatbuffers-dev', 'flatbuffers-compiler'];

/** Paths are relative to the root of a Debian mirror; both belong to Debian 13 (trixie). */
export const sourceArchives = {
  /** libsrtp 2.7.0. Debian 12's own package is older and built on NSS instead of OpenSSL. */
  libsrtp: {
    path: 'pool/main/libs/libsrtp2/libsrtp2_2.7.0.orig.tar.gz',
    sha256: '54facb1727a557c2a76b91194dcb2d0a453aaf8e2d0cbbf1e3c2848c323e28ad',
  },
  /** rspamd carries ankerl::unordered_dense 4.4.0 (MIT), one header that Debian 12 and 13 have nowhere else. */
  unorderedDense: {
    path: 'pool/main/r/rspamd/rspamd_3.12.1.orig.tar.xz',
    sha256: '8801ee6838114c5a9e69fc27e818be4d636c051f06c87a2c711111dc21a4a254',
    folder: 'contrib/ankerl',
  },
};
