// For tests and the fuzz target: plays the connection and the peer around stream management.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "protocol/negotiation/stream_management.hpp"

namespace fedhub::testing {

/// Returns an action as text, without the namespace of elements of XEP-0198.
inline std::string words(const management_action& action) {
  const auto bare = [](std::string xml) {
    constexpr std::string_view declaration = " xmlns='urn:xmpp:sm:3'";
    if (const auto at = xml.find(declaration); at != xml.npos)
      xml.erase(at, declaration.size());
    return xml;
  };
  return std::visit(
    [&](const auto& result) -> std::string {
      using type = std::decay_t<decltype(result)>;
      if constexpr (std::is_same_v<type, send_xml>)
        return "send " + bare(result.xml);
      else if constexpr (std::is_same_v<type, send_ahead>)
        return "ahead " + bare(result.xml);
      else if constexpr (std::is_same_v<type, hold_written>)
        return "hold";
      else if constexpr (std::is_same_v<type, stop_holding>)
        return "stop holding: " + result.condition;
      else if constexpr (std::is_same_v<type, stanzas_acknowledged>)
        return "acknowledged " + std::to_string(result.count);
      else if constexpr (std::is_same_v<type, management_enabled>)
        return result.resumable ? "enabled, resumable" : "enabled";
      else if constexpr (std::is_same_v<type, resume_asked>)
        return "resume " + result.id + "?";
      else if constexpr (std::is_same_v<type, session_settled>)
        return (result.resumed ? "resumed " : "lost ") + std::to_string(result.acknowledged);
      else
        return "broken: " + std::string{to_string(result.fault)} + " "
               + std::string{to_string(result.error)}
               + (result.application.empty() ? "" : " " + bare(result.application));
    },
    action);
}

inline std::vector<std::string> words(const management_actions& actions) {
  std::vector<std::string> out;
  for (const auto& x : actions)
    out.push_back(words(x));
  return out;
}

/// Returns an element of XEP-0198: its name, and the text after its namespace.
inline std::string management(std::string_view name, std::string_view rest = "/>") {
  std::string xml = "<";
  return xml.append(name).append(" xmlns='urn:xmpp:sm:3'").append(rest);
}

} // namespace fedhub::testing
