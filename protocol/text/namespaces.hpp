// The XMPP namespace names that fedhub uses.
#pragma once

#include <string_view>

namespace fedhub {

namespace ns {
inline constexpr std::string_view streams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view server = "jabber:server";
inline constexpr std::string_view component_accept = "jabber:component:accept";
inline constexpr std::string_view component_connect = "jabber:component:connect";
inline constexpr std::string_view client = "jabber:client";
inline constexpr std::string_view dialback = "jabber:server:dialback";
inline constexpr std::string_view tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view dialback_feature = "urn:xmpp:features:dialback";
inline constexpr std::string_view bidi = "urn:xmpp:bidi";
inline constexpr std::string_view bidi_feature = "urn:xmpp:features:bidi";
inline constexpr std::string_view stream_limits = "urn:xmpp:stream-limits:0";
inline constexpr std::string_view stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view stanza_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";
} // namespace ns

} // namespace fedhub
