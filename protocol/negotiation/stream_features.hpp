// Reads and writes `<stream:features/>` between servers: RFC 6120 §4.3.2.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/events/stream_limits.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// The features of a receiving server that fedhub knows.
struct stream_features {
  enum class starttls_offer : uint8_t { none, optional, required };

  starttls_offer starttls = starttls_offer::none;
  bool dialback = false;
  bool dialback_errors = false; ///< typed errors instead of closing the stream: XEP-0220 §2.4.2.
  bool external = false;        ///< SASL with the mechanism EXTERNAL.
  /// XEP-0288. From 24.10 on, ejabberd offers the feature in the namespace of the request and knows
  /// no other. So both are written, and either is accepted.
  bool bidi = false;
  bool management = false; ///< XEP-0198.
  stream_limits limits = {};

  friend bool operator==(const stream_features&, const stream_features&) = default;
};

/// Writes the features. The stream header must bind the prefix `stream`.
std::string stream_features_xml(const stream_features& features);

/// Reads the features. Ignores unknown ones.
/// @pre `element` is `<stream:features/>`.
stream_features read_stream_features(const stream_element::node& element);

} // namespace fedhub
