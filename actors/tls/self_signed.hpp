// The self-signed certificate that the hub makes where none is configured.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "actors/files/state_folder.hpp"
#include "actors/tls/tls_context.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The certificate is made anew so long before it expires.
inline constexpr std::chrono::days self_signed_renewal{30};

struct own_certificate {
  x509_ptr certificate;
  evp_pkey_ptr key;
};

/// The certificate in `state_dir/self-signed.crt` with its key, `self-signed.key`. Makes what is
/// missing (ECDSA P-256, valid for a year), and a new certificate where the one there is for other
/// domains or within `self_signed_renewal` of its end. The key stays. Processes that share the
/// folder get the same certificate.
/// @param use with `look`, what is missing or due is made in memory only.
/// @returns what is wrong, naming the path: a file that is there but can't be used is never
///          replaced, and a certificate larger than `max_certificate_message` would make every
///          handshake fail.
tl::expected<own_certificate, std::string>
self_signed_certificate(const std::filesystem::path& state_dir, std::string_view hub_name,
                        const std::vector<domain_pattern>& domains, std::chrono::sys_seconds now,
                        state_use use = state_use::make);

} // namespace fedhub
