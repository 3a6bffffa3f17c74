// The command line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bench/load/address.hpp"

namespace fedhub::load {

enum class scenario : uint8_t { in, out, echo, storm, idle, fan, mixed };
const char* to_string(scenario scenario);

/// The default size of a stanza in octets, and the mean of a mix.
inline constexpr size_t mean_size = 250;

/// The kinds of stanzas.
enum class stanza_mix : uint8_t {
  chat,  ///< messages with varied text, chat states and receipts.
  kinds, ///< message, presence and iq in turn.
};
const char* to_string(stanza_mix mix);

struct options {
  scenario what = scenario::in;

  address s2s;                      ///< the listener of the server under test for remote domains.
  std::optional<address> component; ///< its listener for components.
  std::string secret;
  std::string domain = "node.load.example";
  bool tls = false;
  std::string certificate;     ///< file with the remote domains' certificate; empty: self-signed.
  std::optional<address> pipe; ///< a plain TCP proxy instead of an XMPP server.
  std::optional<address> sink; ///< the address to which the proxy connects.
  address world_listen{0x7f000001, 15269};
  address dns{0x7f000001, 15353};

  uint32_t streams = 16;      ///< lanes, that of the domain that never reads included.
  std::optional<size_t> size; ///< octets of each stanza; none: as in the mix, 250 on average.
  stanza_mix mix = stanza_mix::chat;
  uint32_t window = 0; ///< outstanding stanzas in each lane, if `rate` is 0.
  double rate = 0;     ///< stanzas/s of all lanes; 0: as many as the window allows.
  double warm_up = 1, duration = 5, drain = 30; ///< s
  uint32_t handshakes = 64;
  uint32_t hosts = 0; ///< servers that the remote domains share; 0: one each in `storm`, else 8.
  bool stuck = true;  ///< mixed: one domain never reads.

  std::vector<pid_t> watch;
  std::string label;
  std::string json; ///< file; "-": standard output; empty: none.
  bool quiet = false;
  bool strict = false;

  bool has_stuck() const { return what == scenario::mixed && stuck; }
  bool pipe_mode() const { return pipe.has_value(); }
  /// Returns whether the remote domains send, and the node receives.
  bool from_world() const { return what == scenario::in || what == scenario::echo; }
  /// Returns whether the node sends stanzas that are not answers.
  bool from_node() const {
    return what == scenario::out || what == scenario::fan || what == scenario::mixed;
  }
  bool links_node() const { return carries_stanzas() && !pipe_mode(); }
  bool carries_stanzas() const { return from_world() || from_node(); }
};

/// Parses the command line. @returns the options, or the exit status: 0 after the help, 2 after an
/// error.
std::variant<options, int> parse_options(int argc, char** argv);

} // namespace fedhub::load
