#include "metrics/http/http_relay_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace fedhub {

namespace {

bool is_port(std::string_view text) {
  uint16_t port = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && rest == text.data() + text.size();
}

} // namespace

tl::expected<relay_line, std::string_view> relay_line::parse(std::string_view octets) {
  const auto end = octets.substr(0, most_octets).find("\r\n");
  if (end == octets.npos)
    return tl::unexpected(std::string_view{"the line has no end"});
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin <= end;) {
    const auto space = std::min(octets.find(' ', begin), end);
    words.push_back(octets.substr(begin, space - begin));
    begin = space + 1;
  }
  if (words.size() != 6 || words[0] != "PROXY" || !is_port(words[4]) || !is_port(words[5]))
    return tl::unexpected(std::string_view{"the line does not have six words"});
  const auto source = ip_address::parse(words[2]);
  const auto destination = ip_address::parse(words[3]);
  if (!source || !destination || (words[1] != "TCP4" && words[1] != "TCP6"))
    return tl::unexpected(std::string_view{"the line does not name two addresses"});
  return relay_line{*source, end + 2};
}

} // namespace fedhub
