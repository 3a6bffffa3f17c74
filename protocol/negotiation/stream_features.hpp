// `<stream:features/>` between servers: RFC 6120 §4.3.2.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/events/stream_limits.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// What a receiving server offers, as far as fedhub knows it.
struct stream_features {
  enum class starttls_offer : uint8_t { none, optional, required };

  starttls_offer starttls = starttls_offer::none;
  bool dialback = false;
  bool dialback_errors = false; ///< typed errors in place of closing the stream: XEP-0220 §2.4.2.
  bool external = false;        ///< SASL, with EXTERNAL among the mechanisms.
  /// XEP-0288. ejabberd, from 24.10 on, has the feature in the namespace of the request and knows
  /// no other: both are written, and either is read.
  bool bidi = false;
  bool management = false; ///< XEP-0198.
  stream_limits limits = {};

  friend bool operator==(const stream_features&, const stream_features&) = default;
};

/// Needs the prefix `stream` bound on the stream's header.
std::string stream_features_xml(const stream_features& x);

/// @pre `x` is `<stream:features/>`. What is not known is passed over.
stream_features read_stream_features(const stream_element::node& x);

} // namespace fedhub
