// Blocks of a pcapng file with XMPP elements (draft-ietf-opsawg-pcapng).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// One end of a TCP connection.
struct pcapng_end {
  ip_address address = {};
  uint16_t port = 0;
};

/// One element on its way. Wireshark shows it by its dissector "xmpp", since the packet is an
/// "exported PDU" (link type 252).
struct pcapng_packet {
  std::chrono::system_clock::time_point time = {};
  pcapng_end from = {};
  pcapng_end to = {};
  bool sent = false;             ///< by the hub.
  uint64_t dropped = 0;          ///< elements that are missing since the packet before.
  std::string_view comment = {}; ///< for people.
  std::string_view xml = {};
};

/// Returns the blocks that a file begins with.
/// @param program that writes the file.  @param comment about the file.
std::string pcapng_begin(std::string_view program, std::string_view comment);

std::string block_of(const pcapng_packet& packet);

/// Returns the block that a complete file ends with.
/// @param packets in the file.  @param dropped elements that are missing in all.
std::string pcapng_end_of(std::chrono::system_clock::time_point time, uint64_t packets,
                          uint64_t dropped);

/// The first octets of any block.
struct pcapng_block {
  static constexpr size_t head_octets = 12;
  static constexpr uint32_t section = 0x0A0D0D0A;
  static constexpr uint32_t interface = 1;
  static constexpr uint32_t packet = 6;
  static constexpr uint32_t statistics = 5;

  uint32_t type = 0;
  uint32_t octets = 0; ///< of the whole block.

  /// Reads the head of a block as this machine writes it. @returns nothing if it is no block.
  static std::optional<pcapng_block> parse(std::string_view octets);
};

/// Returns the comment of a file that `pcapng_begin` of this program began; nothing if it is
/// another file. @param octets its first ones.
std::optional<std::string> comment_of_file(std::string_view octets, std::string_view program);

/// Returns the number of dropped elements in the block that ends a file; nothing if it is another
/// block.
std::optional<uint64_t> dropped_in(std::string_view block);

} // namespace fedhub
