#include "bench/load/name_server.hpp"

#include <cctype>
#include <cerrno>
#include <optional>
#include <system_error>

#include "bench/load/remote_domain.hpp"
#include "protocol/text/decimal.hpp"

namespace fedhub::load {

namespace {

constexpr size_t header_size = 12;
constexpr uint16_t type_a = 1, type_srv = 33, class_in = 1;
constexpr uint16_t no_error = 0, format_error = 1, name_error = 3, not_implemented = 4;
constexpr uint16_t is_response = 0x8000, is_authoritative = 0x0400, opcode_mask = 0x7800,
                   recursion_desired = 0x0100, recursion_available = 0x0080;

uint16_t read_u16(std::string_view from, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(from[at]) << 8
                               | static_cast<uint8_t>(from[at + 1]));
}

void append_u16(std::string& to, unsigned number) {
  to += static_cast<char>(number >> 8);
  to += static_cast<char>(number);
}

void append_u32(std::string& to, uint32_t uint32) {
  append_u16(to, uint32 >> 16);
  append_u16(to, uint32 & 0xffff);
}

void append_name(std::string& to, std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    to += static_cast<char>(label.size());
    to += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  to += '\0';
}

struct question {
  std::string name; ///< lower case, no final dot.
  uint16_t type = 0;
  size_t end = 0; ///< where the question ends in the query.
};

std::optional<question> read_question(std::string_view query) {
  question result;
  size_t at = header_size;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<uint8_t>(query[at]);
    if (length > 63 || at + 1 + length > query.size())
      return std::nullopt;
    if (!result.name.empty())
      result.name += '.';
    for (const char c : query.substr(at + 1, length))
      result.name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    at += 1U + length;
  }
  if (at + 5 > query.size())
    return std::nullopt;
  result.type = read_u16(query, at + 1);
  result.end = at + 5;
  return result;
}

std::optional<uint32_t> host_number(std::string_view name) {
  constexpr std::string_view prefix = "host";
  if (!name.starts_with(prefix) || !name.ends_with(world_suffix))
    return std::nullopt;
  const auto digits = name.substr(prefix.size(), name.size() - prefix.size() - world_suffix.size());
  return parse_decimal<uint32_t>(digits);
}

std::string header(std::string_view query, uint16_t code, uint16_t answers) {
  std::string result{query.substr(0, 2)};
  append_u16(result, is_response | is_authoritative | recursion_available
                       | (read_u16(query, 2) & (opcode_mask | recursion_desired)) | code);
  append_u16(result, code == format_error || code == not_implemented ? 0 : 1);
  append_u16(result, answers);
  append_u32(result, 0);
  return result;
}

/// Appends a record of the question's name, up to the length of its data.
void append_record_head(std::string& to, uint16_t type) {
  append_u16(to, 0xc000 | header_size); // the name, by pointer
  append_u16(to, type);
  append_u16(to, class_in);
  append_u32(to, name_zone::ttl_s);
}

} // namespace

std::string name_zone::answer(std::string_view query) const {
  if (query.size() < header_size || read_u16(query, 2) & is_response)
    return {};
  if (read_u16(query, 2) & opcode_mask)
    return header(query, not_implemented, 0);
  const auto asked = read_question(query);
  if (!asked || read_u16(query, 4) != 1)
    return header(query, format_error, 0);
  const auto echo = query.substr(header_size, asked->end - header_size);
  const auto empty = [&](uint16_t code) { return header(query, code, 0).append(echo); };

  constexpr std::string_view service = "_xmpp-server._tcp.";
  const std::string_view name = asked->name;
  if (name.starts_with(service)) {
    const auto number = remote_number(name.substr(service.size()));
    if (!number || asked->type != type_srv)
      return empty(no_error);
    std::string target;
    append_name(target, "host" + std::to_string(*number % hosts_) + std::string{world_suffix});
    auto result = header(query, no_error, 1).append(echo);
    append_record_head(result, type_srv);
    append_u16(result, static_cast<unsigned>(6 + target.size()));
    append_u32(result, 0); // priority, weight
    append_u16(result, first_.port);
    return result + target;
  }
  if (name.starts_with('_'))
    return empty(name_error);
  const auto number = host_number(name);
  if (!number || *number >= hosts_ || asked->type != type_a)
    return empty(no_error);
  auto result = header(query, no_error, 1).append(echo);
  append_record_head(result, type_a);
  append_u16(result, 4);
  append_u32(result, first_.ip + *number);
  return result;
}

tl::expected<std::unique_ptr<name_server>, std::string>
name_server::listen(event_loop& loop, const address& at, const name_zone& zone) {
  unique_fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const sockaddr_in local = at.socket_address();
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
    return tl::unexpected("cannot answer DNS queries at " + at.str() + ": "
                          + std::generic_category().message(errno));
  // A burst of lookups must fit; the default is 200 KiB.
  const int room = 4 << 20;
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  std::unique_ptr<name_server> result{new name_server{std::move(fd), zone}};
  loop.add(result->fd_.get(), EPOLLIN, *result);
  return result;
}

void name_server::on_events(uint32_t) {
  char query[1500];
  sockaddr_storage from;
  while (true) {
    socklen_t size = sizeof from;
    const ssize_t got =
      ::recvfrom(fd_.get(), query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0)
      return;
    const auto response = zone_.answer({query, static_cast<size_t>(got)});
    if (!response.empty())
      ::sendto(fd_.get(), response.data(), response.size(), 0,
               reinterpret_cast<const sockaddr*>(&from), size);
  }
}

} // namespace fedhub::load
