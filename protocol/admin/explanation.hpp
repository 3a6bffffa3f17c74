// The steps of a stanza's way, or of a look at the hub's own set-up, each with its result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors/failure.hpp"

namespace fedhub::admin {

/// The steps of `explain` and `check`.
enum class explained_step : uint8_t {
  sender,              ///< the sender's domain is local, and its node is there.
  recipient,           ///< the same for the recipient.
  federation,          ///< it is switched on.
  privacy,             ///< privacy mode and its list.
  route,               ///< static, node or DNS.
  resolver,            ///< records and addresses of the remote domain.
  stream,              ///< one is up, or when the next attempt begins.
  trust,               ///< the security mode and the proof required.
  connect,             ///< TCP to one address of the remote domain.
  tls,                 ///< the handshake, and the verdict on the certificate.
  features,            ///< the peer's stream header and features.
  authentication,      ///< of the domain pair, by EXTERNAL or dialback.
  published_records,   ///< our own SRV records, as the world sees them.
  published_addresses, ///< whether they lead to a listener of the hub.
  tlsa,                ///< whether our TLSA records fit our certificate.
  certificate,         ///< whether one of ours covers a local domain.
  reach,               ///< a connection to one of our own published addresses.
  node,                ///< one node.
  estate,              ///< the estate of which the hub is a part.
};
inline constexpr size_t explained_step_count = static_cast<size_t>(explained_step::estate) + 1;

/// Returns the API's word, e.g. "published-records".
std::string_view to_string(explained_step step);

enum class step_result : uint8_t {
  ok,
  warn,    ///< it works, or may work, but needs a look.
  fail,    ///< stanzas do not pass, or answers do not come back.
  skipped, ///< a step before it has failed.
};

std::string_view to_string(step_result result);

struct explanation_row {
  explained_step step = explained_step::sender;
  step_result result = step_result::ok;
  failure why = failure::none; ///< of `warn` or `fail`; `none`: no failure has this cause.
  std::string detail = {};     ///< for people; never empty.
  std::string remedy = {};     ///< for people, in the imperative; empty: the failure's.
  std::string source = {};     ///< where this comes from: a key, a row, a cache, name servers.
  std::optional<double> duration_s = {};
};

/// The answer to `explain` and `check`.
struct explanation {
  std::vector<explanation_row> steps;

  /// Returns whether no step has failed.
  bool good() const;
};

/// Returns `{"verdict": ..., "steps": [...]}`. A step that warns or fails has a remedy, its own or
/// its failure's.
std::string json_of(const explanation& answer);

} // namespace fedhub::admin
