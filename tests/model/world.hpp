// The state that all parts of the model share: the domains and their behaviour, the rules in force,
// the ledger, and the first fault.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include "tests/model/ledger.hpp"
#include "tests/model/random_source.hpp"

namespace fedhub::model {

/// The present behaviour of a remote domain's servers.
struct domain_mood {
  enum class dns : uint8_t { found, missing, silent };
  enum class dial : uint8_t { accepts, refuses, silent };
  enum class answer : uint8_t { right, invalid, error, none, reset };

  dns name = dns::found;
  dial connect = dial::accepts;
  answer header = answer::right;
  answer key = answer::right;      ///< answer to the hub's own keys.
  answer question = answer::right; ///< answer to the hub's questions about keys.
};

/// A component node. Its name is its first domain.
struct component_node {
  std::string name;
  std::vector<std::string> domains;
  std::string secret;
};

/// The rules of a configuration.
struct rules {
  std::set<std::string> denied; ///< remote domains.
  std::vector<component_node> nodes;
  bool federates = true;

  /// Returns whether stanzas may pass between a remote domain and a local one.
  bool allows(std::string_view remote, std::string_view local) const;
  const component_node* node(std::string_view name) const;
  const component_node* serving(std::string_view domain) const;
};

/// The session that outlives a stream with stream management (XEP-0198 §5).
struct session {
  std::string from, to; ///< the stream's pair; of the hub's own streams only `to`.
  uint64_t peer = 0;    ///< number of its peer; a peer that takes the session over ends that one.
  uint32_t handled = 0; ///< stanzas that the model took from the hub.
  std::vector<ledger::number> stanzas; ///< in the order in which the receiving side counts them.
};

struct tls_deleter {
  void operator()(SSL* x) const { SSL_free(x); }
  void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
};

struct world {
  explicit world(uint64_t seed) : random(seed), manages(random.chance(50)) {}

  /// Records the fault, if it is the first one.
  void wrong(std::string_view invariant, const std::string& what);
  /// Returns whether a remote domain's stanza to a local one may pass.
  standing judge(std::string_view remote, std::string_view local) const;
  /// Returns a domain's mood. For a domain that is not remote, DNS has no records.
  const domain_mood& mood(std::string_view domain) const;
  bool remote(std::string_view domain) const { return moods.contains(std::string{domain}); }

  random_source random;
  const bool manages; ///< whether stream management is used; the hub needs TLS and EXTERNAL for it.
  SSL_CTX* tls = nullptr;                  ///< of remote servers.
  std::map<std::string, session> sessions; ///< by id.
  std::set<uint64_t> outdated;             ///< peers whose session another peer has taken over.
  ledger book;
  std::map<std::string, domain_mood> moods; ///< of all remote domains.
  rules now;                                ///< the rules in force.
  std::optional<rules> next;                ///< the rules of a pending reload.
  uint64_t peers = 0;                       ///< numbers assigned so far.
  uint64_t step = 0;                        ///< number of the present step.
  std::string problem;                      ///< the first fault; empty: none so far.
};

} // namespace fedhub::model
