// The model's own record of each stanza that was sent, and of its end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace fedhub::model {

/// Whether the hub may deliver a stanza.
enum class standing : uint8_t {
  good,      ///< the stream had proved its sender, and the rules allow the pair.
  uncertain, ///< the rules change, or the proof is pending: it may pass or not.
  forged,    ///< must not be delivered.
};

struct entry {
  uint64_t stream = 0; ///< the stream that it was sent on.
  uint64_t step = 0;   ///< the step in which it was sent.
  std::string from, to;
  size_t inside = 0; ///< a hash of the octets after its start tag.
  standing right = standing::good;
  bool answerable = true; ///< RFC 6120 §8.3.1 allows a stanza error.
  bool written = false;   ///< its last octet is in the socket.
  bool owed =
    true; ///< its stream has not ended since it was sent, so the stanza has to come to an end.
  unsigned received = 0;
  unsigned answered = 0;
  bool unconfirmed = false; ///< answered as `unconfirmed`, so it may have been received as well.
  /// It was read on a stream with stream management. Until the hub has got an acknowledgement, it
  /// may send the stanza again on another stream, or answer it.
  bool managed = false;
  /// The connection on which it was acknowledged to the hub; 0: on none. Older connections may
  /// still hold it.
  uint64_t settled = 0;
  bool taken_over = false; ///< the hub has acknowledged it.
};

/// Records the stanzas of one hub's life. Each has a number, which is its id on the wire.
class ledger {
public:
  using number = uint64_t;

  number add(entry entry);
  entry& at(number x) { return entries_[x]; }
  const std::vector<entry>& entries() const { return entries_; }

  /// Records that the destination has read a stanza, or the answer to one.
  /// @param connection that it was read from. @param managed whether with stream management.
  /// @returns the fault; empty if there is none.
  std::string arrived(uint64_t connection, bool managed, std::string_view id, std::string_view from,
                      std::string_view to, std::string_view type, std::string_view text,
                      std::string_view inside);

  /// Records a stream's end: stanzas on it that have not ended may have been lost on the way in.
  void stream_ended(uint64_t stream);

  /// Returns the number of a stanza; none if it is not the model's.
  static std::optional<number> number_of(std::string_view id);
  /// Records that the hub has acknowledged these.
  void taken_over(const std::vector<number>& all);

  uint64_t taken_over() const { return taken_over_; }
  uint64_t received() const { return received_; }
  uint64_t answered() const { return answered_; }
  /// Returns the number of stanzas that were received or answered.
  uint64_t ended() const { return ended_; }
  uint64_t written() const { return written_; }
  void written(number number);

  static std::string id_of(number x) { return "m" + std::to_string(x); }

private:
  std::vector<entry> entries_;
  std::map<uint64_t, std::vector<number>> by_stream_;
  /// Connection, source stream, from and to: the last number read.
  std::map<std::tuple<uint64_t, uint64_t, std::string, std::string>, number> last_;
  uint64_t received_ = 0, answered_ = 0, ended_ = 0, written_ = 0, taken_over_ = 0;
};

/// Returns the domain: "b.example" of "a@b.example/c".
std::string_view domain_of(std::string_view jid);

} // namespace fedhub::model
