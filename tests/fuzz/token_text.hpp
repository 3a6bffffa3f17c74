// Makes XMPP out of arbitrary octets, so that the fuzzer gets past the first "<" without learning
// XML first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fedhub::fuzz {

inline constexpr std::string_view tokens[] = {
  "<?xml version='1.0'?>",
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='a.example' to='b.example' id='i' version='1.0'>",
  "<s:stream xmlns='jabber:component:accept' xmlns:s='http://etherx.jabber.org/streams' "
  "to='a.example'>",
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'",
  "<stream xmlns='http://etherx.jabber.org/streams' xmlns:s='jabber:server'",
  "</stream:stream>",
  "<stream:features>",
  "</stream:features>",
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>",
  "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>",
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
  "<db:result",
  "<db:verify",
  "<result xmlns='jabber:server:dialback'",
  "</db:result>",
  "</db:verify>",
  "</result>",
  " from='a.example'",
  " to='b.example'",
  " from='b.example'",
  " to='a.example'",
  " from='c.example'",
  " to='C.Example.'",
  " id='i'",
  " id='&lt;&#10;'",
  " type='valid'",
  " type='invalid'",
  " type='error'",
  " version='1.0'",
  " xml:lang='de'",
  " xmlns='jabber:server'",
  " xmlns=\"jabber:&#x73;erver\"",
  " xmlns='jabber:component:accept'",
  " xmlns='urn:x'",
  " xmlns:s='jabber:server'",
  " xmlns:c='jabber:component:accept'",
  " xmlns:p='urn:&apos;&amp;'",
  " xmlns:q='urn:x'",
  " xmlns=''",
  "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
  "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
  "<handshake>",
  "</handshake>",
  "<message",
  "</message>",
  "<s:message",
  "</s:message>",
  "<iq from='a.example/r' to='b.example'/>",
  "<p:x",
  "</p:x>",
  "<q:x",
  "</q:x>",
  "<x",
  "</x>",
  " p:a='1'",
  " s:a=\"2\"",
  "<![CDATA[<x>]]>",
  "&amp;",
  "&#x20AC;",
  "/>",
  ">",
};

/// Octets from 0x80 on choose a token, those below stand for themselves; 0xFF takes the next one as
/// it is.
inline std::string text_of(std::span<const uint8_t> octets) {
  constexpr uint8_t first_token = 0x80, escape = 0xFF;
  std::string text;
  for (size_t i = 0; i < octets.size(); ++i) {
    const auto x = octets[i];
    if (x < first_token)
      text += static_cast<char>(x);
    else if (x != escape)
      text += tokens[(x - first_token) % std::size(tokens)];
    else if (++i < octets.size())
      text += static_cast<char>(octets[i]);
  }
  return text;
}

/// Cuts what a run of the fuzzer gave into pieces.
class input {
public:
  input(const uint8_t* data, size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  /// 0 at the end.
  uint8_t octet() {
    if (rest_.empty())
      return 0;
    const auto x = rest_.front();
    rest_ = rest_.subspan(1);
    return x;
  }
  /// Text of up to `longest` octets of input; its length comes first.
  std::string text(size_t longest = 255) {
    const auto n = std::min({static_cast<size_t>(octet()), longest, rest_.size()});
    auto x = text_of(rest_.first(n));
    rest_ = rest_.subspan(n);
    return x;
  }

private:
  std::span<const uint8_t> rest_;
};

} // namespace fedhub::fuzz
