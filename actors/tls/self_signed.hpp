// The self-signed certificate that the hub makes if none is configured.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "actors/files/state_folder.hpp"
#include "actors/tls/tls_context.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// The certificate is renewed so long before it expires.
inline constexpr std::chrono::days self_signed_renewal{30};

struct own_certificate {
  x509_ptr certificate;
  evp_pkey_ptr key;
};

/// Returns the certificate in `state_dir/self-signed.crt` with its key, `self-signed.key`. Creates
/// what is missing (ECDSA P-256, valid for a year). Renews a certificate that is for other domains,
/// or within `self_signed_renewal` of its end. The key stays the same. Processes that share the
/// folder get the same certificate.
/// @param use with `look`, missing or renewed parts are made in memory only.
/// @returns an error that names the path. A file that cannot be used is never replaced. A
/// certificate larger than `max_certificate_message` is an error, since it would make every
/// handshake fail.
tl::expected<own_certificate, std::string>
self_signed_certificate(const std::filesystem::path& state_dir, std::string_view hub_name,
                        const std::vector<domain_pattern>& domains, std::chrono::sys_seconds now,
                        state_use use = state_use::make);

} // namespace fedhub
