// The model's own book: what was sent, and what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace fedhub::model {

/// What the hub may do with a stanza.
enum class standing : uint8_t {
  good,      ///< the stream had proved its sender, and the rules allow the pair.
  uncertain, ///< the rules change, or the proof is under way: either is right.
  forged,    ///< must reach nobody.
};

struct entry {
  uint64_t stream = 0; ///< that it was sent on.
  uint64_t step = 0;   ///< in which it was said.
  std::string from, to;
  size_t inside = 0; ///< a hash of what lies in its start tag.
  standing right = standing::good;
  bool answerable = true; ///< RFC 6120 §8.3.1 allows a stanza error.
  bool written = false;   ///< its last octet is in the socket.
  bool owed = true; ///< its stream is as it was when it was sent: the stanza has to come to an end.
  unsigned received = 0;
  unsigned answered = 0;
  bool unconfirmed = false; ///< answered so: it may have been received as well.
  /// Read on a stream with stream management: until an acknowledgement has come, the hub may send
  /// it again on another stream, or answer it.
  bool managed = false;
  /// The connection on which the hub was told that it was received; 0: on none. Older ones may
  /// still hold it.
  uint64_t settled = 0;
  bool taken_over = false; ///< the hub has acknowledged it.
};

/// Each stanza has a number, which is its id on the wire. Belongs to one hub's life.
class ledger {
public:
  using number = uint64_t;

  number add(entry x);
  entry& at(number x) { return entries_[x]; }
  const std::vector<entry>& entries() const { return entries_; }

  /// A stanza, or the answer to one, was read by the destination.
  /// @param connection that it was read from. @param managed by stream management.
  /// @returns what is wrong; empty: nothing.
  std::string arrived(uint64_t connection, bool managed, std::string_view id, std::string_view from,
                      std::string_view to, std::string_view type, std::string_view text,
                      std::string_view inside);

  /// Its stream ends: what was sent on it and has had no end may have been lost on the way in.
  void stream_ended(uint64_t stream);

  /// The number of a stanza; none if it is not the model's.
  static std::optional<number> number_of(std::string_view id);
  /// The hub has said that it took these over.
  void taken_over(const std::vector<number>& all);

  uint64_t taken_over() const { return taken_over_; }
  uint64_t received() const { return received_; }
  uint64_t answered() const { return answered_; }
  /// Received, or answered.
  uint64_t ended() const { return ended_; }
  uint64_t written() const { return written_; }
  void written(number x);

  static std::string id_of(number x) { return "m" + std::to_string(x); }

private:
  std::vector<entry> entries_;
  std::map<uint64_t, std::vector<number>> by_stream_;
  /// Connection, source stream, from and to: the last number read.
  std::map<std::tuple<uint64_t, uint64_t, std::string, std::string>, number> last_;
  uint64_t received_ = 0, answered_ = 0, ended_ = 0, written_ = 0, taken_over_ = 0;
};

/// "b.example" of "a@b.example/c".
std::string_view domain_of(std::string_view jid);

} // namespace fedhub::model
