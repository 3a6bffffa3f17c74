#include "protocol/capture/pcapng.hpp"

#include <algorithm>
#include <cstring>

namespace fedhub {

namespace {

constexpr uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr uint16_t version_major = 1;
constexpr uint16_t link_type_exported_pdu = 252;
constexpr size_t tail_octets = 4; ///< the length again.
constexpr size_t most_comment_octets = 1024;

/// Option codes of pcapng.
enum class option : uint16_t {
  end = 0,
  comment = 1,
  packet_flags = 2,
  interface_name = 2,
  section_program = 4,
  packet_dropped = 4,
  statistics_received = 4,
  statistics_dropped = 5,
};
constexpr uint32_t flag_inbound = 1;
constexpr uint32_t flag_outbound = 2;

/// Tags of Wireshark's "exported PDU".
enum class tag : uint16_t {
  end = 0,
  dissector = 12,
  ipv4_source = 20,
  ipv4_target = 21,
  ipv6_source = 22,
  ipv6_target = 23,
  port_type = 24,
  source_port = 25,
  target_port = 26,
};
constexpr uint32_t port_type_tcp = 2;

void pad(std::string& out) { out.append((4 - out.size() % 4) % 4, '\0'); }

/// Appends an integer as this machine stores it; the byte-order magic tells readers how.
template <class Integer>
void append(std::string& out, Integer number) {
  char octets[sizeof number];
  std::memcpy(octets, &number, sizeof number);
  out.append(octets, sizeof number);
}

template <class Integer>
Integer integer_at(std::string_view octets, size_t offset) {
  Integer number;
  std::memcpy(&number, octets.data() + offset, sizeof number);
  return number;
}

void append_network_order(std::string& out, uint32_t number, unsigned octets) {
  for (unsigned left = octets; left-- > 0;)
    out += static_cast<char>(number >> (8 * left));
}

void append_option(std::string& out, option code, std::string_view value) {
  append(out, static_cast<uint16_t>(code));
  append(out, static_cast<uint16_t>(value.size()));
  out.append(value);
  pad(out);
}
void append_text(std::string& out, option code, std::string_view text) {
  append_option(out, code, text.substr(0, most_comment_octets));
}
template <class Integer>
void append_number(std::string& out, option code, Integer number) {
  std::string octets;
  append(octets, number);
  append_option(out, code, octets);
}

void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  const auto count = static_cast<uint64_t>(since.count());
  append(out, static_cast<uint32_t>(count >> 32));
  append(out, static_cast<uint32_t>(count));
}

/// Returns a whole block around its body.
std::string block(uint32_t type, std::string_view body) {
  const auto octets =
    static_cast<uint32_t>(2 * sizeof(uint32_t) + (body.size() + 3) / 4 * 4 + tail_octets);
  std::string result;
  result.reserve(octets);
  append(result, type);
  append(result, octets);
  result.append(body);
  pad(result);
  append(result, octets);
  return result;
}

void append_tag(std::string& out, tag code, std::string_view value) {
  append_network_order(out, static_cast<uint32_t>(code), 2);
  append_network_order(out, static_cast<uint32_t>((value.size() + 3) / 4 * 4), 2);
  out.append(value);
  pad(out);
}
void append_tag(std::string& out, tag code, uint32_t number) {
  append_network_order(out, static_cast<uint32_t>(code), 2);
  append_network_order(out, sizeof number, 2);
  append_network_order(out, number, sizeof number);
}
void append_address(std::string& out, const ip_address& address, tag v4, tag v6) {
  const auto octets = address.octets();
  append_tag(out, address.is_v4() ? v4 : v6,
             {reinterpret_cast<const char*>(octets.data()), octets.size()});
}

/// Returns the data of a packet: its tags, then the element.
std::string exported_pdu(const pcapng_packet& packet) {
  std::string data;
  append_tag(data, tag::dissector, "xmpp");
  append_address(data, packet.from.address, tag::ipv4_source, tag::ipv6_source);
  append_address(data, packet.to.address, tag::ipv4_target, tag::ipv6_target);
  append_tag(data, tag::port_type, port_type_tcp);
  append_tag(data, tag::source_port, packet.from.port);
  append_tag(data, tag::target_port, packet.to.port);
  append_tag(data, tag::end, std::string_view{});
  data.append(packet.xml);
  return data;
}

/// Calls `f(code, value)` for each option from `offset` on.
template <class F>
void for_each_option(std::string_view block, size_t offset, F f) {
  const size_t end = block.size() - std::min(block.size(), tail_octets);
  while (offset + 4 <= end) {
    const auto code = integer_at<uint16_t>(block, offset);
    const size_t size = integer_at<uint16_t>(block, offset + 2);
    if (code == static_cast<uint16_t>(option::end) || offset + 4 + size > end)
      return;
    f(static_cast<option>(code), block.substr(offset + 4, size));
    offset += 4 + (size + 3) / 4 * 4;
  }
}

constexpr size_t section_options = 24;
constexpr size_t statistics_options = 20;

} // namespace

std::string pcapng_begin(std::string_view program, std::string_view comment) {
  std::string section;
  append(section, byte_order_magic);
  append(section, version_major);
  append(section, uint16_t{0});            // minor version
  append(section, uint64_t{~uint64_t{0}}); // the section's length is not known
  append_text(section, option::comment, comment);
  append_text(section, option::section_program, program);
  append_option(section, option::end, {});
  std::string interface;
  append(interface, link_type_exported_pdu);
  append(interface, uint16_t{0});
  append(interface, uint32_t{0}); // packets of any length
  append_text(interface, option::interface_name, "streams");
  append_option(interface, option::end, {});
  return block(pcapng_block::section, section) + block(pcapng_block::interface, interface);
}

std::string block_of(const pcapng_packet& packet) {
  const auto data = exported_pdu(packet);
  std::string body;
  body.reserve(data.size() + 128);
  append(body, uint32_t{0}); // the interface
  append_time(body, packet.time);
  append(body, static_cast<uint32_t>(data.size()));
  append(body, static_cast<uint32_t>(data.size()));
  body.append(data);
  pad(body);
  if (!packet.comment.empty())
    append_text(body, option::comment, packet.comment);
  append_number(body, option::packet_flags, packet.sent ? flag_outbound : flag_inbound);
  if (packet.dropped != 0)
    append_number(body, option::packet_dropped, packet.dropped);
  append_option(body, option::end, {});
  return block(pcapng_block::packet, body);
}

std::string pcapng_end_of(std::chrono::system_clock::time_point time, uint64_t packets,
                          uint64_t dropped) {
  std::string body;
  append(body, uint32_t{0}); // the interface
  append_time(body, time);
  if (dropped != 0)
    append_text(body, option::comment, std::to_string(dropped) + " elements are missing");
  append_number(body, option::statistics_received, packets + dropped);
  append_number(body, option::statistics_dropped, dropped);
  append_option(body, option::end, {});
  return block(pcapng_block::statistics, body);
}

std::optional<pcapng_block> pcapng_block::parse(std::string_view octets) {
  if (octets.size() < head_octets)
    return {};
  pcapng_block head{integer_at<uint32_t>(octets, 0), integer_at<uint32_t>(octets, 4)};
  if (head.octets < head_octets || head.octets % 4 != 0)
    return {};
  return head;
}

std::optional<std::string> comment_of_file(std::string_view octets, std::string_view program) {
  const auto head = pcapng_block::parse(octets);
  if (!head || head->type != pcapng_block::section || head->octets > octets.size()
      || head->octets < section_options + tail_octets
      || integer_at<uint32_t>(octets, 8) != byte_order_magic)
    return {};
  std::string comment;
  bool ours = false;
  for_each_option(octets.substr(0, head->octets), section_options,
                  [&](option code, std::string_view value) {
                    if (code == option::comment)
                      comment = value;
                    else if (code == option::section_program)
                      ours = value == program;
                  });
  return ours ? std::optional{std::move(comment)} : std::nullopt;
}

std::optional<uint64_t> dropped_in(std::string_view block) {
  const auto head = pcapng_block::parse(block);
  if (!head || head->type != pcapng_block::statistics || head->octets > block.size()
      || head->octets < statistics_options + tail_octets)
    return {};
  std::optional<uint64_t> dropped;
  for_each_option(block.substr(0, head->octets), statistics_options,
                  [&](option code, std::string_view value) {
                    if (code == option::statistics_dropped && value.size() == sizeof(uint64_t))
                      dropped = integer_at<uint64_t>(value, 0);
                  });
  return dropped;
}

} // namespace fedhub
