/*
 * Configuration of libsrtp 2 for the worker build: OpenSSL for all ciphers, any 64-bit little-endian Linux.
 * Stands in for what libsrtp's own ./configure would write.
 */
#ifndef PARLEY_LIBSRTP_CONFIG_H
#define PARLEY_LIBSRTP_CONFIG_H

#define PACKAGE_STRING "libsrtp2 2.7.0"
#define PACKAGE_VERSION "2.7.0"

#define OPENSSL 1
#define GCM 1
#define USE_EXTERNAL_CRYPTO 1

#if defined(__x86_64__)
#define CPU_CISC 1
#define HAVE_X86 1
#else
#define CPU_RISC 1
#endif

#define SIZEOF_UNSIGNED_LONG 8
#define SIZEOF_UNSIGNED_LONG_LONG 8

#define HAVE_ARPA_INET_H 1
#define HAVE_BYTESWAP_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_SYS_SOCKET_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UNISTD_H 1

#define HAVE_INET_ATON 1
#define HAVE_INT8_T 1
#define HAVE_INT16_T 1
#define HAVE_INT32_T 1
#define HAVE_UINT8_T 1
#define HAVE_UINT16_T 1
#define HAVE_UINT32_T 1
#define HAVE_UINT64_T 1

#endif
