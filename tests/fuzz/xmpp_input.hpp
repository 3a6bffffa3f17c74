// Makes XMPP from arbitrary octets, so that the fuzzer gets past the first "<" without having to
// learn XML.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>",
  "</auth>",
  "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
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
  "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>",
  "</see-other-host></stream:error>",
  "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>",
  "</max-bytes></limits>",
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

/// Returns the text of the octets. Octets below 0x80 stand for themselves, and octets from 0x80 on
/// choose a token. After 0xFF the next octet stands for itself.
inline std::string text_of(std::span<const uint8_t> octets) {
  constexpr uint8_t first_token = 0x80, escape = 0xFF;
  std::string text;
  for (size_t i = 0; i < octets.size(); ++i) {
    const auto result = octets[i];
    if (result < first_token)
      text += static_cast<char>(result);
    else if (result != escape)
      text += tokens[(result - first_token) % std::size(tokens)];
    else if (++i < octets.size())
      text += static_cast<char>(octets[i]);
  }
  return text;
}

/// Splits the input of a run into pieces.
class input {
public:
  input(const uint8_t* data, size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  /// Returns the next octet; 0 at the end.
  uint8_t octet() {
    if (rest_.empty())
      return 0;
    const auto rest = rest_.front();
    rest_ = rest_.subspan(1);
    return rest;
  }
  /// Returns text of up to `longest` octets of input. Its length comes first.
  std::string text(size_t longest = 255) {
    const auto n = std::min({static_cast<size_t>(octet()), longest, rest_.size()});
    auto text = text_of(rest_.first(n));
    rest_ = rest_.subspan(n);
    return text;
  }

  /// Returns one of these.
  std::string_view pick(std::initializer_list<std::string_view> choices) {
    return *(choices.begin() + octet() % choices.size());
  }

private:
  std::span<const uint8_t> rest_;
};

/// Returns any of the dialback elements, mostly well-formed.
inline std::string dialback(input& in) {
  const std::string_view names[][2] = {{"<db:result", "</db:result>"},
                                       {"<db:verify", "</db:verify>"},
                                       {"<result xmlns='jabber:server:dialback'", "</result>"}};
  const auto& [start, end] = names[in.octet() % 3];
  std::string out{start};
  out += in.pick({" from='a.example'", " from='b.example'", " from='c.example'",
                  " from='C.Example.'", " from='node.example'", ""});
  out += in.pick({" to='b.example'", " to='a.example'", " to='c.example'", " to='&lt;'", ""});
  out += in.pick({" id='i'", " id='&lt;&#10;'", ""});
  out += in.pick(
    {"", " type='valid'", " type='valid'", " type='invalid'", " type='error'", " type='x'"});
  out += in.pick({">key", "><![CDATA[k&]]>", ">",
                  "><error><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"});
  return out.append(end);
}

/// Returns any of the elements of SASL EXTERNAL, mostly well-formed.
inline std::string sasl(input& in) {
  const auto name = in.pick({"auth", "auth", "auth", "response", "abort", "challenge", "success",
                             "success", "failure", "mechanisms", "x"});
  std::string out = "<";
  out.append(name).append(" xmlns='urn:ietf:params:xml:ns:xmpp-sasl'");
  out += in.pick({" mechanism='EXTERNAL'", " mechanism='EXTERNAL'", " mechanism='PLAIN'", ""});
  out += in.pick({"/>", ">=", ">YS5leGFtcGxl", ">Yy5leGFtcGxl", ">a.example", "><x/>",
                  "><not-authorized/><text>&lt;</text>", ">\n"});
  if (!out.ends_with("/>") || out.ends_with("<x/>"))
    out.append("</").append(name).append(">");
  return out;
}

/// Returns elements about bidirectional streams and limits, mostly well-formed.
inline std::string bidi(input& in) {
  std::string out{in.pick({"<bidi xmlns='urn:xmpp:bidi'>", "<stream:features>",
                           "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/>"})};
  const bool features = out.starts_with("<stream");
  out +=
    in.pick({"", "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10</max-bytes></limits>",
             "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>x</idle-seconds></limits>",
             "<dialback xmlns='urn:xmpp:features:dialback'/>"});
  return out.append(features ? "</stream:features>" : "</bidi>");
}

/// Returns the steps that establish a stream, incoming or outgoing, with or without TLS. "tls"
/// stands for the handshake.
inline std::vector<std::string_view> prologue(input& in, bool incoming) {
  constexpr std::string_view header = tokens[1];
  constexpr std::string_view dialback_feature =
    "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
    "<bidi xmlns='urn:xmpp:features:bidi'/></stream:features>";
  constexpr std::string_view tls_feature =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
  constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  constexpr std::string_view proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  constexpr std::string_view external_feature =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
    "</mechanism></mechanisms><bidi xmlns='urn:xmpp:features:bidi'/></stream:features>";
  constexpr std::string_view auth =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
  constexpr std::string_view success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
  switch (in.octet() % 6) {
  case 0:
    return {};
  case 4:
    if (incoming)
      return {header, starttls, "tls", header, auth};
    return {header, tls_feature, proceed, "tls", header, external_feature};
  case 5:
    if (incoming)
      return {header, starttls, "tls", header, auth, header};
    return {header,           tls_feature, proceed, "tls",           header,
            external_feature, success,     header,  dialback_feature};
  case 1:
    if (incoming)
      return {header, starttls, "tls", header};
    return {header, tls_feature, proceed, "tls", header, dialback_feature};
  default:
    if (incoming)
      return {header};
    return {header, dialback_feature};
  }
}

/// Returns a tree of elements that declares, uses and shadows namespaces, mostly well-formed.
inline std::string tree(input& in, bool root, unsigned depth) {
  const auto name = root
                      ? in.pick({"message", "s:message", "c:iq", "presence"})
                      : in.pick({"x", "p:x", "q:x", "s:x", "c:x", "stream:x", "message", "body"});
  std::string out = "<";
  out += name;
  // Half of the elements have no attributes, so that trees get deep.
  if (const auto kinds = in.octet(); kinds % 2 == 0) {
    if (kinds & 2)
      out +=
        in.pick({" xmlns='jabber:server'", " xmlns='urn:x'", " xmlns='jabber:component:accept'",
                 " xmlns=\"jabber:&#x73;erver\"", " xmlns=''", " xmlns = \n'jabber:server'"});
    if (kinds & 4)
      out += in.pick(
        {" xmlns:s='jabber:server'", " xmlns:s='urn:s'", " xmlns:s='jabber:component:accept'"});
    if (kinds & 8)
      out +=
        in.pick({" xmlns:p='urn:p'", " xmlns:q='urn:x'", " xmlns:c='jabber:component:accept'"});
    if (kinds & 16)
      out += in.pick({" p:a='/>'", " s:a=\"'\"", " q:a='&amp;'", " stream:a=''"});
    if (kinds & 32)
      out += in.pick({" xml:lang='fr'", " to='a.example'", " from=\"b'.example\"", " xml:lang=''"});
  }
  if (depth == 0 || in.octet() % 4 == 0)
    return out.append(in.pick({"/>", " />"}));
  out += ">";
  for (auto children = in.octet() % 4; children-- > 0 && !in.empty();) {
    out += in.pick({"", "text", "&#13;", "<![CDATA[<x>]]>"});
    out += tree(in, false, depth - 1);
  }
  return out.append("</").append(name).append(in.pick({">", " >"}));
}

} // namespace fedhub::fuzz
