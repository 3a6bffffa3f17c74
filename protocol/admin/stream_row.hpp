// One stream, as the API shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/admin/traffic_row.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub::admin {

using clock_time = std::chrono::system_clock::time_point;

/// A domain pair that a stream speaks for.
struct pair_row {
  domain_pair pair;
  std::string_view proof; ///< "pkix", "dane", "pin", "dialback", "node" or "none"; a static text.
};

/// The certificate that a peer presented.
struct certificate_row {
  std::string verdict; ///< in one line.
  std::string subject; ///< RFC 4514; empty if it is not kept.
  std::string issuer;
  std::string sha256; ///< of the certificate in DER, in lower-case hex.
  std::optional<std::chrono::sys_seconds> not_after; ///< nothing if the certificate is not kept.
  bool presented = true;                             ///< false: the peer presented none.
};

/// What only the stream's own actor knows.
struct stream_details {
  /// The most pairs in one row; a stream may have thousands.
  static constexpr size_t most_pairs = 100;

  std::vector<pair_row> pairs; ///< the first `most_pairs`.
  size_t pair_count = 0;
  std::string tls; ///< "1.3"; empty in clear text.
  std::string cipher;
  std::string group; ///< of the key exchange; empty if OpenSSL does not say.
  std::optional<certificate_row> certificate;
  double idle_s = 0; ///< since the last stanza in either direction, or the last element.
  traffic_row traffic;
  uint64_t outbox_stanzas = 0;
  uint64_t outbox_bytes = 0;
  uint64_t unacknowledged = 0;            ///< stanzas, by XEP-0198.
  bool paused = false;                    ///< it is not read, since destinations do not keep up.
  std::vector<std::string_view> features; ///< negotiated: "bidi", "sm"; static texts.
};

/// One row of `GET streams`. Words are label values of the metrics. Sizes are octets.
struct stream_row {
  uint64_t id = 0;
  std::string_view leg;   ///< a static text.
  std::string_view state; ///< a static text.
  std::string peer;       ///< the peer's domain or node; empty as long as it is not known.
  std::string address;    ///< the peer's, with its port.
  clock_time opened;      ///< when TCP was connected.

  std::optional<stream_details> more; ///< nothing: the actor did not answer in time, or has ended.
};

} // namespace fedhub::admin
