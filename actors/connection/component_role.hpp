// The protocol machine of a component's stream, and the node that the component is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/stream/component_stream.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

/// Drives one `component_stream` (XEP-0114). Belongs to its connection. Functions that
/// `stream_role` has as well are documented there.
class component_role {
public:
  /// The sender of a stanza that a component sends without `from`.
  struct implied_sender {
    domain_name domain;
    bool certain = false; ///< the component speaks for no other domain.
  };

  explicit component_role(hub& hub);
  component_role(const component_role&) = delete; // the machine's lookup refers to this object
  component_role& operator=(const component_role&) = delete;

  stream_actions on_header(const stream_header& header) { return stream_.on_header(header); }
  stream_actions on_element(const element_received& element) { return stream_.on_element(element); }
  stream_actions on_excess(const excess_received& element) { return stream_.on_excess(element); }
  stream_actions on_stream_end() { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view /*application*/) {
    return stream_.fail(error, why, detail);
  }
  stream_actions close(failure why) { return stream_.close(why); }

  review on_rules(const former_rules& before);
  bool still_sends(const stanza& stanza) const;

  stream_error take(const domain_name& from, const domain_name& to);
  std::optional<domain_pair> same_pair(const domain_pair& pair) const;
  std::optional<domain_name> counterpart_of(const domain_name& from) const;
  /// Returns the sender of a stanza without `from`: the domain that the component named in its
  /// header, or else its node's first domain; nothing if there is none.
  std::optional<implied_sender> implied();

  /// A component speaks for its node's domains, not for pairs.
  template <class F>
  void for_each_pair(F) const {}
  bool bidi() const { return false; }
  bool authenticated() const { return stream_.authenticated(); }
  std::string_view content_namespace() const { return ns::component_accept; }
  std::string_view phase() const { return to_string(stream_.state()); }
  const std::string& stream_id() const { return stream_.stream_id(); }
  std::string peer_name() const { return node_.empty() ? stream_.peer_name() : node_; }
  const domain_name& tls_name() const { return none_; }

  /// Sets and returns the name of the node that the component is.
  /// @param candidate of `component_authenticated`.
  const std::string& node(size_t candidate) { return node_ = names_[candidate]; }

private:
  const conf::node_config* find(const conf::config& config) const;
  bool serves(const conf::config& config, const domain_name& domain) const;
  std::optional<implied_sender> find_implied(const conf::config& config) const;
  std::vector<component_stream::candidate> candidates(std::string_view to);

  hub& hub_;
  component_stream stream_;
  settings_ptr judged_by_; ///< the settings by which the component was matched with its node.
  std::vector<std::string> names_; ///< of the candidates.
  std::string node_;               ///< empty until the component is authenticated.
  domain_name last_from_;          ///< of the last accepted stanza: most stanzas have the same.
  std::optional<implied_sender> implied_;
  domain_name none_;
};

} // namespace fedhub
