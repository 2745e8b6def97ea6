/*
 * The part of libsrtp 3's interface that mediasoup-worker uses, offered on top of libsrtp 2.7.
 *
 * The worker includes <srtp.h> and expects libsrtp 3: an opaque policy handle, separate input and output buffers,
 * `size_t` lengths. No Debian release has that version yet. On the wire both are the same, so this header stands first
 * on the include path, pulls libsrtp 2 in as <srtp2/srtp.h>, and maps the changed calls to inline functions.
 * Everything it does not mention (srtp_init, events, profiles, key lengths) is equal in both versions.
 *
 * Left out, because the worker never asks for it: MKI, several master keys per policy, cryptex.
 */
#ifndef PARLEY_SRTP3_ON_SRTP2_H
#define PARLEY_SRTP3_ON_SRTP2_H

#include <srtp2/srtp.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <openssl/crypto.h>

namespace parley_srtp
{
	/* libsrtp 3 has these two more status values; libsrtp 2 never returns them, we do return the first. */
	constexpr srtp_err_status_t BufferSmall = static_cast<srtp_err_status_t>(28);
	constexpr srtp_err_status_t CryptexErr  = static_cast<srtp_err_status_t>(29);

	/* Largest master key with its salt: AEAD_AES_256_GCM, 32 + 12 octets. */
	constexpr std::size_t KeyRoom = 64;

	/* Octets that protecting adds: the longest tag, and for SRTCP the E flag with the index (RFC 3711, section 3.4). */
	constexpr std::size_t RtpGrowth  = SRTP_MAX_TAG_LEN;
	constexpr std::size_t RtcpGrowth = SRTP_MAX_TAG_LEN + SRTP_SRCTP_INDEX_LEN;

	/* What libsrtp 3's handle hides. */
	struct Policy
	{
		srtp_policy_t v2;
		unsigned char key[KeyRoom];
		bool hasKey;
	};

	using PolicyHandle = Policy*;

	inline srtp_err_status_t policyCreate(PolicyHandle* handle)
	{
		if (handle == nullptr)
		{
			return srtp_err_status_bad_param;
		}

		*handle = new (std::nothrow) Policy{};

		return *handle != nullptr ? srtp_err_status_ok : srtp_err_status_alloc_fail;
	}

	inline void policyDestroy(PolicyHandle handle)
	{
		if (handle == nullptr)
		{
			return;
		}

		OPENSSL_cleanse(handle->key, sizeof(handle->key));
		delete handle;
	}

	inline srtp_err_status_t policySetSsrc(PolicyHandle handle, srtp_ssrc_t ssrc)
	{
		handle->v2.ssrc = ssrc;

		return srtp_err_status_ok;
	}

	/* The RTCP policy of AES_CM_128_HMAC_SHA1_32 keeps the 80 bit tag (RFC 5764, section 4.1.2). */
	inline srtp_err_status_t policySetProfile(PolicyHandle handle, srtp_profile_t profile)
	{
		const srtp_err_status_t status =
		  ::srtp_crypto_policy_set_from_profile_for_rtp(&handle->v2.rtp, profile);

		if (status != srtp_err_status_ok)
		{
			return status;
		}

		return ::srtp_crypto_policy_set_from_profile_for_rtcp(&handle->v2.rtcp, profile);
	}

	inline srtp_err_status_t policyAddKey(
	  PolicyHandle handle,
	  const uint8_t* key,
	  std::size_t keyLen,
	  const uint8_t* salt,
	  std::size_t saltLen,
	  const uint8_t* /*mki*/,
	  std::size_t mkiLen)
	{
		if (handle->hasKey || mkiLen != 0 || keyLen > KeyRoom || saltLen > KeyRoom - keyLen)
		{
			return srtp_err_status_bad_param;
		}

		std::memcpy(handle->key, key, keyLen);
		std::memcpy(handle->key + keyLen, salt, saltLen);
		handle->hasKey = true;

		return srtp_err_status_ok;
	}

	inline srtp_err_status_t policySetAllowRepeatTx(PolicyHandle handle, bool isAllowed)
	{
		handle->v2.allow_repeat_tx = isAllowed ? 1 : 0;

		return srtp_err_status_ok;
	}

	inline srtp_err_status_t policySetWindowSize(PolicyHandle handle, std::size_t packets)
	{
		handle->v2.window_size = static_cast<unsigned long>(packets);

		return srtp_err_status_ok;
	}

	/* libsrtp 2 derives its session keys inside this call and keeps no pointer to the key afterwards. */
	inline srtp_err_status_t create(srtp_t* session, PolicyHandle handle)
	{
		if (!handle->hasKey)
		{
			return srtp_err_status_bad_param;
		}

		handle->v2.key  = handle->key;
		handle->v2.next = nullptr;

		return ::srtp_create(session, &handle->v2);
	}

	using InPlaceCall = srtp_err_status_t (*)(srtp_t, void*, int*);

	/* Copies the packet where the result belongs and lets libsrtp 2 work on it there. */
	inline srtp_err_status_t transform(
	  InPlaceCall call,
	  srtp_t session,
	  const uint8_t* in,
	  std::size_t inLen,
	  uint8_t* out,
	  std::size_t* outLen,
	  std::size_t growth)
	{
		if (inLen > INT_MAX - growth || *outLen < inLen + growth)
		{
			return BufferSmall;
		}

		if (in != out)
		{
			std::memmove(out, in, inLen);
		}

		int len                        = static_cast<int>(inLen);
		const srtp_err_status_t status = call(session, out, &len);

		if (status == srtp_err_status_ok)
		{
			*outLen = static_cast<std::size_t>(len);
		}

		return status;
	}

	inline srtp_err_status_t protect(
	  srtp_t session, const uint8_t* in, std::size_t inLen, uint8_t* out, std::size_t* outLen, std::size_t /*mkiIndex*/)
	{
		return transform(::srtp_protect, session, in, inLen, out, outLen, RtpGrowth);
	}

	inline srtp_err_status_t protectRtcp(
	  srtp_t session, const uint8_t* in, std::size_t inLen, uint8_t* out, std::size_t* outLen, std::size_t /*mkiIndex*/)
	{
		return transform(::srtp_protect_rtcp, session, in, inLen, out, outLen, RtcpGrowth);
	}

	inline srtp_err_status_t unprotect(
	  srtp_t session, const uint8_t* in, std::size_t inLen, uint8_t* out, std::size_t* outLen)
	{
		return transform(::srtp_unprotect, session, in, inLen, out, outLen, 0);
	}

	inline srtp_err_status_t unprotectRtcp(
	  srtp_t session, const uint8_t* in, std::size_t inLen, uint8_t* out, std::size_t* outLen)
	{
		return transform(::srtp_unprotect_rtcp, session, in, inLen, out, outLen, 0);
	}
} // namespace parley_srtp

/* From here on the names mean what they mean in libsrtp 3. */
#define srtp_err_status_buffer_small parley_srtp::BufferSmall
#define srtp_err_status_cryptex_err parley_srtp::CryptexErr
#define srtp_policy_t parley_srtp::PolicyHandle
#define srtp_policy_create parley_srtp::policyCreate
#define srtp_policy_destroy parley_srtp::policyDestroy
#define srtp_policy_set_ssrc parley_srtp::policySetSsrc
#define srtp_policy_set_profile parley_srtp::policySetProfile
#define srtp_policy_add_key parley_srtp::policyAddKey
#define srtp_policy_set_allow_repeat_tx parley_srtp::policySetAllowRepeatTx
#define srtp_policy_set_window_size parley_srtp::policySetWindowSize
#define srtp_create parley_srtp::create
#define srtp_protect parley_srtp::protect
#define srtp_protect_rtcp parley_srtp::protectRtcp
#define srtp_unprotect parley_srtp::unprotect
#define srtp_unprotect_rtcp parley_srtp::unprotectRtcp
#define srtp_stream_remove srtp_remove_stream

#endif
