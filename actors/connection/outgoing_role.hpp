// The protocol machine of one of the hub's own streams, with its rules.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/interfaces/reload_round.hpp"
#include "protocol/events/revocation.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_event.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/stream/outgoing_stream.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

/// Drives one `outgoing_stream`, to a remote domain or to an s2s node. Belongs to its connection.
/// Functions that `stream_role` has as well are documented there.
class outgoing_role {
public:
  /// @param to_node the target is an s2s node's domain; the security mode for remote domains does
  /// not apply.
  /// @param former the session that the stream is to resume (XEP-0198); null: none.
  outgoing_role(hub& hub, outgoing_stream::options options, bool to_node,
                std::unique_ptr<management_session> former);

  /// Returns the hub's own header.
  stream_actions start() { return stream_.start(); }
  stream_actions on_header(const stream_header& header) { return stream_.on_header(header); }
  stream_actions on_element(const element_received& element) { return stream_.on_element(element); }
  stream_actions on_excess(const excess_received& element) { return stream_.on_excess(element); }
  stream_actions on_tls_established() { return stream_.on_tls_established(); }
  stream_actions on_stream_end() { return stream_.on_stream_end(); }
  stream_actions fail(stream_error error, failure why, std::string_view detail,
                      std::string_view application) {
    return stream_.fail(error, why, detail, application);
  }
  stream_actions close(failure why) { return stream_.close(why); }
  link_end cut(std::string_view detail) const;

  /// Asks the peer to authorise the pair's sender domain.
  stream_actions authenticate(const domain_pair& pair) { return stream_.authenticate(pair); }
  /// Abandons that request. @returns whether the peer had not answered yet.
  bool forget(const domain_pair& pair) { return stream_.forget(pair); }
  /// Asks the peer about a key that came on another stream (XEP-0220 §2.1.2).
  stream_actions verify(const verify_key& question) { return stream_.verify(question); }
  /// Abandons that question.
  stream_actions forget(const verify_key& question) { return stream_.forget(question); }

  review on_rules(const former_rules& before);
  bool still_sends(const stanza& stanza) const;

  /// Accepts stanzas only if XEP-0288 was negotiated. Otherwise the stream is one-way (RFC 6120
  /// §4.5).
  stream_error take(const domain_name& from, const domain_name& to) {
    return stream_.takes({from, to}) ? stream_error::none : stream_error::not_authorized;
  }
  std::optional<domain_pair> same_pair(const domain_pair& pair) const;
  std::optional<domain_name> counterpart_of(const domain_name& from) const;
  /// Returns whether a stanza error between these domains may answer a stanza that the hub sent on
  /// this one-way stream. ejabberd answers stanzas that it can't decode in this way.
  bool may_answer(const domain_name& from, const domain_name& to) const {
    return stream_.authorised({to, from});
  }

  template <class F>
  void for_each_pair(F f) const {
    stream_.for_each_authorised(f);
  }
  bool authenticated() const { return stream_.state() == outgoing_stream::phase::ready; }
  std::string_view content_namespace() const { return ns::server; }
  std::string_view phase() const { return to_string(stream_.state()); }
  const std::string& stream_id() const { return stream_.stream_id(); }
  std::string peer_name() const { return target().str(); }
  const domain_name& tls_name() const { return target(); }
  /// Returns the domain whose certificate the hub presents.
  const domain_name& sender_name() const { return stream_.settings().sender; }
  /// Returns whether the peer offers stream management (XEP-0198).
  bool management_offered() const { return stream_.management_offered(); }
  /// Returns the session that the stream is to resume, on the first call only.
  std::optional<management_session> take_former();
  void resume_nothing() { former_.reset(); }
  /// Returns whether the peer sends stanzas on this stream (XEP-0288).
  bool bidi() const { return stream_.bidi(); }
  /// Returns whose keys the peer can be asked about.
  questions_taken questions() const {
    return stream_.dialback_errors() ? questions_taken::of_any : questions_taken::of_target;
  }

private:
  const domain_name& target() const { return stream_.settings().target; }
  revocation judge_target(const routing_table& now, const routing_table& before) const;

  hub& hub_;
  const bool to_node_;
  std::shared_ptr<const dialback_keys> keys_; ///< keeps the keys that `stream_` refers to.
  outgoing_stream stream_;
  std::unique_ptr<management_session> former_;
};

/// Creates the role of the hub's own stream to a remote domain or an s2s node. Parameters as in the
/// constructor.
std::unique_ptr<outgoing_role> make_outgoing_role(hub& hub, outgoing_stream::options options,
                                                  bool to_node,
                                                  std::unique_ptr<management_session> former);

} // namespace fedhub
